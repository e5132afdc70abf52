//! Tables as data: what a connector is, what its tables hold and the ways to read them.
//!
//! The values here come from table files (`crate::language`) or from discovery; the same checks
//! (`crate::check`) apply to both. Nothing here knows how to send a request.

use std::collections::BTreeMap;
use std::fmt;

pub use crate::page_style::PageStyle;
use crate::sign_in::Vendor;
use crate::value::{Type, Value};

/// The definition of a vendor: what all its tables share, and the tables.
#[derive(Debug, Clone, Default)]
pub struct Connector {
    /// `zendesk`.
    pub name: String,
    /// One sentence for people.
    pub about: String,
    /// Rate-limit families, the account-wide one (`account`) among them.
    pub families: Vec<Family>,
    /// How it is signed in to.
    pub sign_in: Vendor,
    /// What other programs call its tables, where that is another name.
    pub aliases: Vec<Alias>,
    /// All tables, by name.
    pub tables: Vec<Table>,
}

impl Connector {
    /// The table of this exact name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// The rate-limit family of this name.
    #[must_use]
    pub fn family(&self, name: &str) -> Option<&Family> {
        self.families.iter().find(|family| family.name == name)
    }
}

/// A name that other programs give a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// The name there, compared without case and underscores.
    pub name: String,
    /// What it stands for.
    pub meant: Meant,
}

/// What another program's name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meant {
    /// This table. It need not be there (yet).
    Table(String),
    /// No table: one sentence says what would serve.
    Nothing(String),
}

/// A group of endpoints that share a rate limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    /// The word that reads use, e.g. `incremental_exports`.
    pub name: String,
    /// Requests a minute that the vendor documents for the smallest plan; headers teach better.
    pub per_minute: u32,
    /// Response headers that report this limit, e.g. `zendesk-ratelimit-incremental-exports`.
    pub headers: Vec<String>,
}

/// A table: its columns, the rows it holds, and the ways to fetch them.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The API's own name, snake case; the file's name.
    pub name: String,
    /// One sentence: what a row is.
    pub about: String,
    /// One sentence: which rows the table holds. Every read keeps this promise.
    pub rows: String,
    /// The column that identifies a row.
    pub key: Option<String>,
    /// The plan or product that an account needs to have it, as it reads behind "takes"; `None` if it comes with every plan.
    pub needs: Option<String>,
    /// Its product may want a sign-in of its own, so that "unknown credentials" (401) refuses this table and says nothing of
    /// the connection.
    pub own_sign_in: bool,
    /// A rough number of rows of a middle-sized account; estimates use it until a scan has counted.
    pub typical_rows: u64,
    /// Columns in file order.
    pub columns: Vec<Column>,
    /// Rows that reads may deliver but the table does not hold: dropped wherever they appear.
    pub drop: Vec<Drop>,
    /// Keys of the API's objects that are deliberately no columns.
    pub ignore: Vec<String>,
    /// Ways to read, in order of preference among equals.
    pub reads: Vec<Read>,
    /// The read that lists what changed within the lag of the others.
    pub tail: Option<String>,
    /// Where a trustworthy count of exactly these rows can be asked.
    pub count: Option<Count>,
    /// How the vendor's query engines know it; such a table has no `reads`.
    pub remote: Option<Remote>,
    /// No public fact confirms what the API's objects hold (`shape = "unconfirmed"`): the columns are the keys that
    /// are known, and [`RAW`] holds the whole object.
    pub unconfirmed: bool,
    /// What it is unnested from; such a table has no `reads` either.
    pub child: Option<Child>,
}

/// The column that holds a row as the API sent it. Every table has it when it is named; where the shape is
/// unconfirmed it is declared, and part of `*`.
pub const RAW: &str = "_raw";

impl Table {
    /// The column of this exact name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The sentence for people: what a row is, and that the shape is unconfirmed where it is.
    #[must_use]
    pub fn comment(&self) -> String {
        if self.unconfirmed {
            format!(
                "{} Shape unconfirmed: {RAW} holds what the API sends.",
                self.about
            )
        } else {
            self.about.clone()
        }
    }

    /// The column that tells a row from all others while it is read: the key. Exports that go on within a moment may
    /// repeat a row; where nothing is known to name one, all of it does.
    #[must_use]
    pub fn identity(&self, read: &Read) -> Option<&str> {
        let repeats = read.pages == PageStyle::IdExport && self.column(RAW).is_some();
        self.key.as_deref().or(repeats.then_some(RAW))
    }

    /// Whether the API's rows are bare values instead of objects: some column takes the row itself.
    #[must_use]
    pub fn has_bare_rows(&self) -> bool {
        self.columns
            .iter()
            .any(|column| column.path.is_empty() && column.kind != Type::Json)
    }

    /// The read of this name.
    #[must_use]
    pub fn read(&self, name: &str) -> Option<&Read> {
        self.reads.iter().find(|read| read.name == name)
    }
}

/// A relation over another table: a row for each element of a list that one of its columns holds, from the same requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Child {
    /// The table it is unnested from.
    pub of: String,
    /// The column there that holds the elements: a list, JSON (a list of objects, or one object), or a plain value that
    /// is its own only element. NULL and an empty list have no elements.
    pub list: String,
    /// Where JSON holds several lists, as members of one object.
    pub split: Option<Split>,
    /// Columns taken from the row that holds the list: own name, and name there.
    pub carried: Vec<(String, String)>,
    /// The own column that is the element itself, where that is no object.
    pub element: Option<String>,
}

impl Child {
    /// The column that says where in its list an element stands, from 1.
    pub const POSITION: &str = "position";

    /// The name in the other table of a column that is taken from there.
    #[must_use]
    pub fn origin(&self, column: &str) -> Option<&str> {
        let found = self.carried.iter().find(|(own, _)| own == column);
        found.map(|(_, origin)| origin.as_str())
    }
}

/// Several lists in one JSON object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// The column that tells which list an element is from.
    pub column: String,
    /// The members of the object that are lists.
    pub members: Vec<String>,
}

/// A table that query engines at the vendor's read (Zuora's Data Query and AQuA exports). Its schema is the same
/// whichever of them answers; what one of them lacks is told here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Remote {
    /// The table's name in Data Query; `None` if it is not there.
    pub data_query: Option<String>,
    /// The data source in Export ZOQL; `None` if it is not there.
    pub export: Option<String>,
    /// What each column is to the engines, by the column's name.
    pub fields: BTreeMap<String, RemoteField>,
    /// The columns come from the vendor's own description, and not only from the bundled catalogue.
    pub described: bool,
    /// It is listed, but cannot be read: the vendor's words.
    pub unusable: Option<String>,
}

/// What a column is to the query engines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RemoteField {
    /// The type in Data Query as `DESCRIBE` writes it, e.g. `decimal(18,6)`; `None` if Data Query lacks the column.
    /// Its name there is the column's own.
    pub data_query: Option<String>,
    /// The path in Export ZOQL, e.g. `AccountNumber` or, for a foreign key, `Account.Id`; `None` if the export lacks it.
    pub export: Option<String>,
    /// Data Query has an index on it.
    pub indexed: bool,
}

/// A column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// The API's own name, flattened with `_` where the value is nested.
    pub name: String,
    /// What it holds.
    pub kind: Type,
    /// Where the value lies in the API's object: keys from the outside in. Empty for the object itself (JSON), or for
    /// the row itself where rows are bare values. `[7]` is the `value` of the item of a list whose `id` is 7.
    pub path: Vec<String>,
    /// The table whose key this column holds.
    pub reference: Option<String>,
    /// All values the API documents, where it documents them.
    pub values: Vec<String>,
    /// One sentence, where the name does not say it.
    pub about: Option<String>,
    /// The side-load (`include=`) that delivers it.
    pub sideload: Option<String>,
    /// Only present when a statement names it; never part of `*`.
    pub pseudo: bool,
    /// The keyword of the search language that filters it *completely*: every matching row is found.
    pub search: Option<String>,
    /// It was found in the account, which may write its values more freely than declared ones: truth values as text,
    /// and empty text for no number, date or truth value.
    pub custom: bool,
    /// It shows these words for the values that the API sends; other values are shown as they are.
    pub labels: BTreeMap<String, String>,
}

/// Rows to drop: those whose `column` holds one of `values`, or anything at all.
#[derive(Debug, Clone, PartialEq)]
pub struct Drop {
    /// The column looked at.
    pub column: String,
    /// What it must not hold.
    pub when: DropWhen,
}

/// When a row is dropped.
#[derive(Debug, Clone, PartialEq)]
pub enum DropWhen {
    /// It holds one of these.
    OneOf(Vec<Value>),
    /// It is not NULL.
    Set,
}

/// What `items` says where nothing public tells how the rows are wrapped: the answer is a list, or the lists among its
/// members hold the rows.
pub const LISTS: &str = "*";

/// One way to fetch rows of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// The word EXPLAIN and errors use.
    pub name: String,
    /// Path with placeholders; a placeholder is a column that must be bound.
    pub get: Path,
    /// Where the rows lie in the answer: keys from the outside in; an array at any step is spread out. [`LISTS`] alone
    /// means every list that the answer is or has.
    pub items: Vec<String>,
    /// Columns that lie in an enclosing object of `items`: column and path in the outermost item.
    pub outer: Vec<(String, Vec<String>)>,
    /// Keep only items whose (own, raw) field holds this text, e.g. `event_type = Comment`.
    pub keep: Vec<(String, String)>,
    /// How further pages are found.
    pub pages: PageStyle,
    /// Rows asked for in one page.
    pub page_size: u32,
    /// Query parameters: constants and bindings.
    pub query: Vec<Parameter>,
    /// A query language that carries predicates of columns marked for it.
    pub search: Option<Search>,
    /// Columns that every delivered row matches exactly when bound in the path.
    pub exact: Vec<String>,
    /// The order in which rows arrive.
    pub order: Option<Order>,
    /// The read holds only rows whose `column` lies within so many days before now.
    pub within: Option<Within>,
    /// How far behind the present the answer may be, in seconds; 0 = live.
    pub lag: u32,
    /// Rows that change while this read pages may leave it (they move past its end).
    pub moves: bool,
    /// The role that the API asks for, for messages.
    pub role: Option<String>,
    /// Rate-limit family.
    pub family: String,
    /// Columns this read's answer does not carry.
    pub lacks: Vec<String>,
    /// Side-loads it accepts.
    pub include: Vec<String>,
    /// A placeholder may be filled from the referenced table, one request for each of its rows.
    pub fan_out: bool,
    /// Rows belong to the table only if this column's value is a key of its referenced table.
    pub only_with: Option<String>,
    /// Considered only when a better read was refused.
    pub fallback: bool,
}

impl Read {
    /// Whether the answer's `items` may come in several requests one after another.
    #[must_use]
    pub fn is_paged(&self) -> bool {
        self.pages != PageStyle::None
    }

    /// Whether its filters are posted.
    #[must_use]
    pub fn is_posted(&self) -> bool {
        let search = self.search.as_ref();
        search.is_some_and(|search| search.language.is_posted())
    }

    /// The HTTP method.
    #[must_use]
    pub fn method(&self) -> &'static str {
        match self.is_posted() {
            true => "POST",
            false => "GET",
        }
    }
}

/// A query parameter of a read.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// The name on the wire.
    pub name: String,
    /// Where its value comes from.
    pub source: Source,
}

/// Where a parameter's value comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// Always this.
    Constant(String),
    /// From the predicates on a column.
    Bound(Binding),
}

/// How predicates on a column fill a parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Binding {
    /// The column.
    pub column: String,
    /// Further columns whose bounds mean the same to the API, each by itself; the tightest one is sent.
    pub also: Vec<String>,
    /// Which predicates it carries.
    pub operator: Operator,
    /// How the value is written.
    pub encoding: Encoding,
    /// How many values one request takes, joined by commas.
    pub max: u32,
    /// The read does not apply without it.
    pub required: bool,
    /// Every delivered row satisfies what was bound.
    pub exact: bool,
    /// Sent when nothing is bound.
    pub default: Option<String>,
}

impl Binding {
    /// The columns whose predicates it carries.
    pub fn columns(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.column).chain(&self.also)
    }
}

/// The predicates that a parameter can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `=` and `IN`; several values become batches of `max`.
    In,
    /// `array_has`, any number of times: all values together, `max` of them at most.
    Has,
    /// A lower bound.
    AtLeast,
    /// An upper bound.
    AtMost,
}

/// How a value is written into a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As [`Value`] prints.
    Plain,
    /// Seconds since 1970.
    UnixSeconds,
    /// Microseconds since 1970.
    UnixMicroseconds,
}

/// A query language that carries predicates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// The parameter that holds the query text, or the member of the body that holds the filter.
    pub parameter: String,
    /// Text that always stands in front, e.g. `type:ticket`; may be empty.
    pub prefix: String,
    /// Which language.
    pub language: Language,
    /// The read does not apply unless at least one predicate travels.
    pub required: bool,
}

/// The query languages we write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Zendesk's search syntax.
    ZendeskSearch,
    /// Zendesk's filters of custom objects' records, as JSON.
    ZendeskFilter,
}

impl Language {
    /// Whether what is written is posted as a body, not sent as a parameter.
    #[must_use]
    pub fn is_posted(self) -> bool {
        self == Self::ZendeskFilter
    }
}

/// The order of a read's rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The column.
    pub column: String,
    /// Largest first.
    pub descending: bool,
}

impl fmt::Display for Order {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} {}",
            self.column,
            if self.descending { "desc" } else { "asc" }
        )
    }
}

/// A read that holds only recent rows, completely.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Within {
    /// A timestamp column.
    pub column: String,
    /// Days before now that are surely complete.
    pub days: u32,
}

/// A count endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// Path without placeholders.
    pub get: String,
    /// Where the number lies.
    pub at: Vec<String>,
    /// The number is trusted below this.
    pub exact_below: u64,
}

/// A path template: literal pieces and placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Placeholder(String),
}

impl Path {
    /// Reads `/api/v2/tickets/{ticket_id}/comments`.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        if !text.starts_with('/') {
            return Err(format!("`{text}`: a path begins with /"));
        }
        if text.contains('?') {
            return Err(format!("`{text}`: parameters belong in `query`"));
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let close = rest[open..]
                .find('}')
                .ok_or_else(|| format!("`{text}`: `{{` is never closed"))?
                + open;
            if open > 0 {
                pieces.push(Piece::Literal(rest[..open].to_owned()));
            }
            pieces.push(Piece::Placeholder(rest[open + 1..close].to_owned()));
            rest = &rest[close + 1..];
        }
        if !rest.is_empty() {
            pieces.push(Piece::Literal(rest.to_owned()));
        }
        Ok(Self { pieces })
    }

    /// The columns that must be bound.
    pub fn placeholders(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Placeholder(column) => Some(column.as_str()),
            Piece::Literal(_) => None,
        })
    }

    /// The path with every placeholder replaced by `fill(column)`.
    #[must_use]
    pub fn fill(&self, fill: impl Fn(&str) -> String) -> String {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Literal(text) => text.clone(),
                Piece::Placeholder(column) => fill(column),
            })
            .collect()
    }
}

impl fmt::Display for Path {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.fill(|column| format!("{{{column}}}")))
    }
}
