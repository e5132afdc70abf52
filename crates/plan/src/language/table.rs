//! A table file → [`Table`].

use toml::Spanned;
use toml::de::DeValue;

use super::child;
use super::reader::Reader;
use crate::table::{
    Binding, Column, Count, Drop, DropWhen, Encoding, LISTS, Language, Operator, Order, PageStyle,
    Parameter, Path, RAW, Read, Search, Source, Table, Within,
};
use crate::value::{Type, Value};

const OPERATORS: [(&str, Operator); 5] = [
    ("in", Operator::In),
    ("=", Operator::In),
    ("has", Operator::Has),
    (">=", Operator::AtLeast),
    ("<=", Operator::AtMost),
];
const ENCODINGS: [(&str, Encoding); 3] = [
    ("plain", Encoding::Plain),
    ("unix_seconds", Encoding::UnixSeconds),
    ("unix_microseconds", Encoding::UnixMicroseconds),
];
const LANGUAGES: [(&str, Language); 2] = [
    ("zendesk_search", Language::ZendeskSearch),
    ("zendesk_filter", Language::ZendeskFilter),
];

/// What a file may say of its table's shape; without a word the columns are confirmed.
const SHAPES: [(&str, bool); 1] = [("unconfirmed", true)];

/// Rows assumed where a file says nothing.
const TYPICAL_ROWS: u64 = 1_000;

pub(super) fn read(name: &str, file: &mut Reader<'_>) -> Table {
    if let Some(of) = file.optional_text("of") {
        return child::read(name, of, file);
    }
    let mut table = Table {
        name: name.to_owned(),
        about: file.text("about").unwrap_or_default(),
        rows: file.text("rows").unwrap_or_default(),
        key: file.optional_text("key"),
        needs: file.optional_text("needs"),
        own_sign_in: file.flag("own_sign_in"),
        typical_rows: file.number("typical_rows").unwrap_or(TYPICAL_ROWS),
        columns: Vec::new(),
        drop: Vec::new(),
        ignore: file.optional_texts("ignore"),
        reads: Vec::new(),
        tail: file.optional_text("tail"),
        count: None,
        remote: None,
        unconfirmed: file.word("shape", &SHAPES).unwrap_or(false),
        child: None,
    };
    if let Some(mut count) = file.table("count") {
        table.count = Some(Count {
            get: count.text("get").unwrap_or_default(),
            at: dotted(&count.text("at").unwrap_or_default()),
            exact_below: count.number("exact_below").unwrap_or(0),
        });
        count.close(file);
    }
    match file.table("columns") {
        Some(mut columns) => {
            for (name, value) in columns.entries() {
                let column = read_column(&mut columns, &name, value);
                table.columns.extend(column);
            }
            columns.close(file);
        }
        None => file.problem("columns", "`[columns]` is missing".into()),
    }
    if let Some(mut drops) = file.table("drop") {
        for (column, value) in drops.entries() {
            match read_drop(value.get_ref()) {
                Some(when) => table.drop.push(Drop { column, when }),
                None => drops.problem(&column, "write a list of values, or \"set\"".into()),
            }
        }
        drops.close(file);
    }
    for mut reader in file.tables("read") {
        if let Some(read) = read_read(&mut reader) {
            table.reads.push(read);
        }
        reader.close(file);
    }
    table
}

pub(super) fn read_column<'a>(
    columns: &mut Reader<'a>,
    name: &str,
    value: &'a Spanned<DeValue<'a>>,
) -> Option<Column> {
    let parse = |columns: &mut Reader<'_>, text: &str| match Type::parse(text) {
        Ok(kind) => Some(kind),
        Err(message) => {
            columns.problem(name, message);
            None
        }
    };
    if let Some(text) = value.get_ref().as_str() {
        let kind = parse(columns, text)?;
        return Some(column(name, kind));
    }
    let Some(mut reader) = columns.entry(name, value) else {
        columns.problem(
            name,
            format!("`{name}` wants a type, or a table with `type`"),
        );
        return None;
    };
    let kind = reader.text("type").unwrap_or_default();
    let at = reader.optional_text("at");
    let mut made = column(name, Type::Json);
    if let Some(at) = at {
        made.path = dotted(&at);
    }
    made.reference = reader.optional_text("ref");
    made.values = reader.optional_texts("values");
    made.about = reader.optional_text("about");
    made.sideload = reader.optional_text("sideload");
    made.pseudo = reader.flag("pseudo");
    made.search = reader.optional_text("search");
    reader.close(columns);
    made.kind = parse(columns, &kind)?;
    Some(made)
}

pub(super) fn column(name: &str, kind: Type) -> Column {
    Column {
        name: name.to_owned(),
        kind,
        path: if name == RAW {
            Vec::new()
        } else {
            vec![name.to_owned()]
        },
        reference: None,
        values: Vec::new(),
        about: None,
        sideload: None,
        pseudo: false,
        custom: false,
        labels: Default::default(),
        search: None,
    }
}

fn read_drop(value: &DeValue<'_>) -> Option<DropWhen> {
    if value.as_str() == Some("set") {
        return Some(DropWhen::Set);
    }
    let values: Option<Vec<Value>> = value
        .as_array()?
        .iter()
        .map(|item| literal(item.get_ref()))
        .collect();
    values.map(DropWhen::OneOf)
}

fn literal(value: &DeValue<'_>) -> Option<Value> {
    if let Some(text) = value.as_str() {
        return Some(Value::Text(text.to_owned()));
    }
    if let Some(truth) = value.as_bool() {
        return Some(Value::Bool(truth));
    }
    value
        .as_integer()
        .and_then(|number| number.as_str().parse().ok())
        .map(Value::Int)
}

fn read_read(reader: &mut Reader<'_>) -> Option<Read> {
    let name = reader.text("name").unwrap_or_default();
    let post = reader.optional_text("post");
    let (word, is_posted) = (if post.is_some() { "post" } else { "get" }, post.is_some());
    let get = match post {
        Some(path) => path,
        None => reader.text("get").unwrap_or_default(),
    };
    let get = match Path::parse(&get) {
        Ok(path) => Some(path),
        Err(message) => {
            reader.problem(word, message);
            None
        }
    };
    let pages = reader.required_word("pages", &PageStyle::WORDS);
    let default_size = match pages {
        Some(
            PageStyle::Export | PageStyle::TimeExport | PageStyle::TimeList | PageStyle::IdExport,
        ) => 1_000,
        _ => 100,
    };
    let items = dotted(&reader.text("items").unwrap_or_default());
    if items.is_empty() && pages != Some(PageStyle::None) {
        let message =
            "`items` names a key of the answer; the answer itself is a row only without pages";
        reader.problem("items", message.to_owned());
    }
    if items.len() > 1 && items.iter().any(|step| step == LISTS) {
        let message = format!("`{LISTS}` stands alone: it means all lists of the answer");
        reader.problem("items", message);
    }
    let page_size = reader.number("page_size").unwrap_or(default_size);
    let outer = texts(reader, "outer")
        .into_iter()
        .map(|(column, at)| (column, dotted(&at)))
        .collect();
    let keep = texts(reader, "keep");
    let query = read_query(reader);
    let search = read_search(reader);
    let posts = search
        .as_ref()
        .is_some_and(|search| search.language.is_posted());
    if posts != is_posted {
        let message = match is_posted {
            true => "`post` belongs to a search whose filters are posted; write `get`",
            false => "the filters of this search are posted; write `post` instead of `get`",
        };
        reader.problem(word, message.to_owned());
    }
    let order = reader
        .optional_text("order")
        .and_then(|text| read_order(reader, &text));
    let within = reader.table("within").map(|mut within| {
        let read = Within {
            column: within.text("column").unwrap_or_default(),
            days: within.number("days").unwrap_or(0),
        };
        within.close(reader);
        read
    });
    Some(Read {
        name,
        get: get?,
        items,
        outer,
        keep,
        pages: pages?,
        page_size,
        query,
        search,
        exact: reader.optional_texts("exact"),
        order,
        within,
        lag: reader.number("lag").unwrap_or(0),
        moves: reader.flag("moves"),
        role: reader.optional_text("role"),
        family: reader
            .optional_text("family")
            .unwrap_or_else(|| "account".to_owned()),
        lacks: reader.optional_texts("lacks"),
        include: reader.optional_texts("include"),
        fan_out: reader.flag("fan_out"),
        only_with: reader.optional_text("only_with"),
        fallback: reader.flag("fallback"),
    })
}

pub(super) fn texts(reader: &mut Reader<'_>, key: &'static str) -> Vec<(String, String)> {
    let Some(mut nested) = reader.table(key) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (name, value) in nested.entries() {
        match value.get_ref().as_str() {
            Some(text) => found.push((name, text.to_owned())),
            None => nested.problem(&name, format!("`{name}` wants text")),
        }
    }
    nested.close(reader);
    found
}

fn read_query(reader: &mut Reader<'_>) -> Vec<Parameter> {
    let Some(mut query) = reader.table("query") else {
        return Vec::new();
    };
    let mut parameters = Vec::new();
    for (name, value) in query.entries() {
        let source = match value.get_ref().as_str() {
            Some(text) => Some(Source::Constant(text.to_owned())),
            None => query.entry(&name, value).map(|mut binding| {
                let bound = Binding {
                    column: binding.text("column").unwrap_or_default(),
                    also: binding.optional_texts("also"),
                    operator: binding.word("op", &OPERATORS).unwrap_or(Operator::In),
                    encoding: binding.word("as", &ENCODINGS).unwrap_or(Encoding::Plain),
                    max: binding.number("max").unwrap_or(1),
                    required: binding.flag("required"),
                    exact: binding.flag("exact"),
                    default: binding.optional_text("default"),
                };
                binding.close(&mut query);
                Source::Bound(bound)
            }),
        };
        match source {
            Some(source) => parameters.push(Parameter { name, source }),
            None => query.problem(&name, format!("`{name}` wants text or a binding")),
        }
    }
    query.close(reader);
    parameters
}

fn read_search(reader: &mut Reader<'_>) -> Option<Search> {
    let mut search = reader.table("search")?;
    let parameter = search.text("parameter").unwrap_or_default();
    let language = search.required_word("language", &LANGUAGES);
    let prefix = search.optional_text("prefix").unwrap_or_default();
    let required = search.flag("required");
    search.close(reader);
    Some(Search {
        parameter,
        prefix,
        language: language?,
        required,
    })
}

fn read_order(reader: &mut Reader<'_>, text: &str) -> Option<Order> {
    match text.split_once(' ') {
        Some((column, direction @ ("asc" | "desc"))) => Some(Order {
            column: column.to_owned(),
            descending: direction == "desc",
        }),
        _ => {
            reader.problem(
                "order",
                format!("`{text}`: write `<column> asc` or `<column> desc`"),
            );
            None
        }
    }
}

/// The keys of a dotted path; `.` is the object itself.
fn dotted(text: &str) -> Vec<String> {
    if text == "." {
        return Vec::new();
    }
    text.split('.').map(str::to_owned).collect()
}
