//! `XML_EXTRACT(xml, path, separator)`: the texts that a path finds in XML.
//!
//! The paths are those parts of XPath that name places: `/a/b`, `//b`, `*`, `@name`, `text()`, and in brackets a place from 1,
//! `last()`, or what an attribute or an element holds. They refuse the rest of XPath, and know names without their prefixes.

use roxmltree::{Document, Node, ParsingOptions};

use super::native::{Cell, Gives, Native, Takes, Value};

pub(super) const NATIVES: &[Native] = &[Native {
    name: "xml_extract",
    takes: &[Takes::Text, Takes::Text, Takes::Text],
    least: 2,
    gives: Gives::Text,
    call: extract,
}];

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Step<'a> {
    /// At any depth, `//`.
    deep: bool,
    what: What<'a>,
    tests: Vec<Test<'a>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What<'a> {
    Element(&'a str),
    AnyElement,
    Attribute(&'a str),
    AnyAttribute,
    Text,
    Itself,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Test<'a> {
    /// From 1.
    Place(usize),
    Last,
    HasAttribute(&'a str),
    Attribute(&'a str, &'a str),
    HasElement(&'a str),
    Element(&'a str, &'a str),
}

/// The texts, joined by the separator; NULL if there are none, and for no XML at all.
fn extract(row: &[Cell<'_>]) -> Result<Option<Value>, String> {
    let (xml, path, separator) = match row {
        [Cell::Text(xml), Cell::Text(path)] => (xml, path, ","),
        [Cell::Text(xml), Cell::Text(path), Cell::Text(separator)] => (xml, path, *separator),
        _ => return Ok(None),
    };
    let steps = steps(path)?;
    if xml.trim().is_empty() {
        return Ok(None);
    }
    // Without a limit, entities that name each other grow without end.
    let options = ParsingOptions {
        allow_dtd: false,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(xml.trim(), options)
        .map_err(|error| format!("a text is no XML: {error}"))?;
    let texts = texts(&document, &steps);
    Ok((!texts.is_empty()).then(|| Value::Text(texts.join(separator))))
}

/// # Errors
/// In words, for what is no path or too much of one.
fn steps(path: &str) -> Result<Vec<Step<'_>>, String> {
    let wrong = |why: &str| format!("the path {path} cannot be read: {why}");
    let mut rest = path.trim();
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let deep = rest.starts_with("//");
        let slashes = rest.len() - rest.trim_start_matches('/').len();
        if slashes > 2 || (slashes == 0 && !steps.is_empty()) {
            return Err(wrong("steps are parted by / or //"));
        }
        rest = &rest[slashes..];
        let end = end_of_step(rest);
        let (step, behind) = rest.split_at(end);
        rest = behind;
        let (name, mut brackets) = step.split_at(step.find('[').unwrap_or(step.len()));
        let what = match name.trim() {
            "" => return Err(wrong("a step is empty")),
            "." => What::Itself,
            "*" => What::AnyElement,
            "@*" => What::AnyAttribute,
            "text()" => What::Text,
            name => match name.strip_prefix('@') {
                Some(attribute) => What::Attribute(local(attribute).map_err(wrong)?),
                None => What::Element(local(name).map_err(wrong)?),
            },
        };
        let mut tests = Vec::new();
        while let Some(open) = brackets.strip_prefix('[') {
            let close = end_of_test(open).ok_or_else(|| wrong("a bracket does not end"))?;
            tests.push(test(open[..close].trim()).map_err(wrong)?);
            brackets = open[close + 1..].trim_start();
        }
        if !brackets.is_empty() {
            return Err(wrong("a step ends with its brackets"));
        }
        let is_leaf = matches!(what, What::Attribute(_) | What::AnyAttribute | What::Text);
        if is_leaf && !(rest.is_empty() && tests.is_empty()) {
            return Err(wrong(
                "it ends with an attribute or a text, which has nothing in it",
            ));
        }
        steps.push(Step { deep, what, tests });
    }
    match steps.is_empty() {
        true => Err(wrong("it is empty")),
        false => Ok(steps),
    }
}

/// Where the slash is that ends a step, past what is in brackets and quotes.
fn end_of_step(text: &str) -> usize {
    let (mut depth, mut quote) = (0_i32, None);
    for (place, letter) in text.char_indices() {
        match (quote, letter) {
            (Some(open), letter) if open == letter => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(letter),
            (None, '[') => depth += 1,
            (None, ']') => depth -= 1,
            (None, '/') if depth == 0 => return place,
            _ => {}
        }
    }
    text.len()
}

fn end_of_test(text: &str) -> Option<usize> {
    let mut quote = None;
    for (place, letter) in text.char_indices() {
        match (quote, letter) {
            (Some(open), letter) if open == letter => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(letter),
            (None, ']') => return Some(place),
            _ => {}
        }
    }
    None
}

fn test(text: &str) -> Result<Test<'_>, &'static str> {
    if text == "last()" {
        return Ok(Test::Last);
    }
    if let Ok(place) = text.parse::<usize>() {
        return Ok(Test::Place(place));
    }
    let (name, value) = match text.split_once('=') {
        None => (text, None),
        Some((name, value)) => {
            let value = value.trim();
            let inner = ['\'', '"']
                .into_iter()
                .find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote));
            (
                name.trim(),
                Some(inner.ok_or("a value is compared in quotes")?),
            )
        }
    };
    Ok(match (name.strip_prefix('@'), value) {
        (Some(name), None) => Test::HasAttribute(local(name)?),
        (Some(name), Some(value)) => Test::Attribute(local(name)?, value),
        (None, None) => Test::HasElement(local(name)?),
        (None, Some(value)) => Test::Element(local(name)?, value),
    })
}

/// A name without its prefix.
fn local(name: &str) -> Result<&str, &'static str> {
    let name = name.trim();
    let local = name.rsplit(':').next().unwrap_or(name);
    let is_name = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.');
    match !local.is_empty() && !name.contains("::") && local.chars().all(is_name) {
        true => Ok(local),
        false => Err(
            "steps are names, *, @name and text(); brackets hold a place, last(), name or @name = 'value'",
        ),
    }
}

fn texts(document: &Document<'_>, steps: &[Step<'_>]) -> Vec<String> {
    let mut nodes = vec![document.root()];
    for step in steps {
        let parents = nodes.iter().flat_map(|node| around(*node, step.deep));
        if let What::Attribute(_) | What::AnyAttribute = step.what {
            return in_order(parents)
                .into_iter()
                .flat_map(|node| attributes(node, step.what))
                .collect();
        }
        nodes = in_order(parents.flat_map(|parent| chosen(parent, step)));
    }
    nodes.into_iter().map(text_of).collect()
}

/// Each node once, as the document has them.
fn in_order<'a, 'input: 'a>(
    nodes: impl Iterator<Item = Node<'a, 'input>>,
) -> Vec<Node<'a, 'input>> {
    let mut nodes: Vec<Node<'a, 'input>> = nodes.collect();
    nodes.sort_by_key(|node| node.id().get());
    nodes.dedup_by_key(|node| node.id());
    nodes
}

/// The node, and for a deep step all below it.
fn around<'a, 'input>(node: Node<'a, 'input>, deep: bool) -> Vec<Node<'a, 'input>> {
    match deep {
        true => node
            .descendants()
            .filter(|it| it.is_element() || it.is_root())
            .collect(),
        false => vec![node],
    }
}

fn chosen<'a, 'input>(parent: Node<'a, 'input>, step: &Step<'_>) -> Vec<Node<'a, 'input>> {
    let mut nodes: Vec<Node<'a, 'input>> = match step.what {
        What::Itself => vec![parent],
        What::Text => parent.children().filter(Node::is_text).collect(),
        What::Element(name) => parent
            .children()
            .filter(|it| it.is_element() && it.tag_name().name() == name)
            .collect(),
        _ => parent.children().filter(Node::is_element).collect(),
    };
    for test in &step.tests {
        let count = nodes.len();
        let mut place = 0;
        nodes.retain(|node| {
            place += 1;
            match test {
                Test::Place(wanted) => place == *wanted,
                Test::Last => place == count,
                Test::HasAttribute(name) => attribute(*node, name).is_some(),
                Test::Attribute(name, value) => attribute(*node, name) == Some(value),
                Test::HasElement(name) => elements(*node, name).next().is_some(),
                Test::Element(name, value) => {
                    elements(*node, name).any(|inner| text_of(inner) == *value)
                }
            }
        });
    }
    nodes
}

fn attribute<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    let mut all = node.attributes();
    all.find(|it| it.name() == name).map(|it| it.value())
}

fn elements<'a, 'input>(
    node: Node<'a, 'input>,
    name: &str,
) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children()
        .filter(move |it| it.is_element() && it.tag_name().name() == name)
}

fn attributes(node: Node<'_, '_>, what: What<'_>) -> Vec<String> {
    let all = node.attributes().filter(|it| match what {
        What::Attribute(name) => it.name() == name,
        _ => true,
    });
    all.map(|it| it.value().to_owned()).collect()
}

/// All text in a node, in its order.
fn text_of(node: Node<'_, '_>) -> String {
    node.descendants()
        .filter(Node::is_text)
        .filter_map(|it| it.text())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Cell, Value, extract};

    const XML: &str = "<?xml version=\"1.0\"?><vowels xmlns:l=\"urn:l\" n='5'><ch k=\"a/b\">a</ch><ch>e</ch>\
        <ch><b>i</b>!</ch><l:word id='7'>ou<![CDATA[<]]></l:word><empty/></vowels>";

    #[test]
    fn paths_find_texts() {
        for (path, found) in [
            ("/vowels/ch", Some("a,e,i!")),
            ("//ch", Some("a,e,i!")),
            ("vowels/ch[1]", Some("a")),
            ("/vowels/ch[last()]", Some("i!")),
            ("/vowels/ch[last()]/text()", Some("!")),
            ("/vowels/ch[@k]", Some("a")),
            ("/vowels/ch[@k='a/b']", Some("a")),
            ("/vowels/ch[@k='x']", None),
            ("/vowels/ch[b='i']", Some("i!")),
            ("/vowels/ch[b]/b", Some("i")),
            ("/vowels/@n", Some("5")),
            ("//@id", Some("7")),
            ("/vowels/word", Some("ou<")),
            ("/vowels/l:word/@*", Some("7")),
            ("/vowels/*[4]", Some("ou<")),
            ("/vowels/empty", Some("")),
            ("/vowels/none", None),
            ("/ch", None),
            ("//b/text()", Some("i")),
            ("//vowels//b", Some("i")),
            ("//ch//text()", Some("a,e,i,!")),
            ("//*[@k]", Some("a")),
            ("/vowels/.", Some("aei!ou<")),
        ] {
            let expected = found.map(|text| Value::Text(text.to_owned()));
            let row = [Cell::Text(XML), Cell::Text(path)];
            assert_eq!(extract(&row), Ok(expected), "{path}");
        }
        let row = [Cell::Text(XML), Cell::Text("//ch"), Cell::Text("; ")];
        assert_eq!(extract(&row), Ok(Some(Value::Text("a; e; i!".to_owned()))));
        let row = [Cell::Text("  "), Cell::Text("//ch")];
        assert_eq!(extract(&row), Ok(None));
    }

    #[test]
    fn what_is_no_path_or_no_xml_is_told() {
        for (xml, path, part) in [
            ("<a>", "/a", "is no XML"),
            ("a", "/a", "is no XML"),
            (
                "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
                "/a",
                "is no XML",
            ),
            ("<a/>", "", "it is empty"),
            ("<a/>", "/", "a step is empty"),
            ("<a/>", "///a", "parted by / or //"),
            ("<a/>", "/a[1", "a bracket does not end"),
            ("<a/>", "/a[b=1]", "in quotes"),
            ("<a/>", "/a[position() > 1]", "steps are names"),
            ("<a/>", "/a/child::b", "steps are names"),
            ("<a/>", "/a[1]b", "ends with its brackets"),
            ("<a/>", "/a/@b/c", "nothing in it"),
            ("<a/>", "/a/text()[1]", "nothing in it"),
        ] {
            let error = extract(&[Cell::Text(xml), Cell::Text(path)]).unwrap_err();
            assert!(error.contains(part), "{xml} {path}: {error}");
        }
    }
}
