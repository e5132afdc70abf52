//! Tokens to a statement, by recursive descent. An error is what the vendor would put into its rejection.

use super::syntax::{Condition, Function, Item, Limit, Operand, Operator, Path, Statement};
use super::token::{Token, tokens};

/// Parentheses and negations within each other that no honest statement has.
const DEEPEST: usize = 200;

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

type Parsed<T> = Result<T, String>;

pub(super) fn parse(text: &str) -> Parsed<Statement> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
        depth: 0,
    };
    let statement = parser.statement()?;
    match parser.next() {
        None => Ok(statement),
        Some(token) => Err(unexpected(Some(&token))),
    }
}

fn unexpected(token: Option<&Token>) -> String {
    match token {
        None => "unexpected end of query".to_owned(),
        Some(Token::Word(text) | Token::Number(text)) => format!("unexpected token: {text}"),
        Some(Token::Text(text) | Token::Quoted(text)) => format!("unexpected token: '{text}'"),
        Some(Token::Sign(sign)) => format!("unexpected token: {sign}"),
    }
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn is_word(&self, ahead: usize, word: &str) -> bool {
        matches!(self.tokens.get(self.at + ahead), Some(Token::Word(found)) if found.eq_ignore_ascii_case(word))
    }

    /// Takes a keyword if it comes next.
    fn word(&mut self, word: &str) -> bool {
        let found = self.is_word(0, word);
        self.at += usize::from(found);
        found
    }

    /// Takes a sign if it comes next.
    fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Sign(found)) if *found == sign);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, found: bool) -> Parsed<()> {
        if found {
            Ok(())
        } else {
            Err(unexpected(self.peek()))
        }
    }

    fn expect_word(&mut self, word: &str) -> Parsed<()> {
        let found = self.word(word);
        self.expect(found)
    }

    fn expect_sign(&mut self, sign: &str) -> Parsed<()> {
        let found = self.sign(sign);
        self.expect(found)
    }

    fn name(&mut self) -> Parsed<String> {
        match self.next() {
            Some(Token::Word(word)) => Ok(word),
            other => Err(unexpected(other.as_ref())),
        }
    }

    fn statement(&mut self) -> Parsed<Statement> {
        self.expect_word("select")?;
        let items = self.list(Self::item)?;
        self.expect_word("from")?;
        let source = self.name()?;
        let mut condition = None;
        if self.word("where") {
            condition = Some(self.any()?);
        }
        let mut group = Vec::new();
        if self.word("group") {
            self.expect_word("by")?;
            group = self.list(Self::path)?;
        }
        let mut order = Vec::new();
        if self.word("order") {
            self.expect_word("by")?;
            order = self.list(|parser| {
                let path = parser.path()?;
                let descending = parser.word("desc");
                if !descending {
                    parser.word("asc");
                }
                Ok((path, descending))
            })?;
        }
        let mut limit = None;
        if self.word("limit") {
            let first = self.whole()?;
            limit = Some(if self.sign(",") {
                Limit {
                    offset: first,
                    count: self.whole()?,
                }
            } else {
                Limit {
                    offset: 0,
                    count: first,
                }
            });
        }
        Ok(Statement {
            items,
            source,
            condition,
            group,
            order,
            limit,
        })
    }

    fn list<T>(&mut self, one: impl Fn(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut list = vec![one(self)?];
        while self.sign(",") {
            list.push(one(self)?);
        }
        Ok(list)
    }

    fn whole(&mut self) -> Parsed<u64> {
        match self.next() {
            Some(Token::Number(text)) => text
                .parse()
                .map_err(|_| format!("unexpected token: {text}")),
            other => Err(unexpected(other.as_ref())),
        }
    }

    fn item(&mut self) -> Parsed<Item> {
        if self.sign("*") {
            return Ok(Item::All(None));
        }
        let name = self.name()?;
        if self.sign("(") {
            let function = Function::named(&name);
            let function = function.ok_or_else(|| format!("unexpected token: {name}"))?;
            let of = if function == Function::Count && self.sign("*") {
                None
            } else {
                Some(self.path()?)
            };
            self.expect_sign(")")?;
            return Ok(Item::Aggregate(function, of, self.alias()?));
        }
        if !self.sign(".") {
            let path = Path {
                object: None,
                field: name,
            };
            return Ok(Item::Field(path, self.alias()?));
        }
        if self.sign("*") {
            return Ok(Item::All(Some(name)));
        }
        let path = Path {
            object: Some(name),
            field: self.name()?,
        };
        Ok(Item::Field(path, self.alias()?))
    }

    fn alias(&mut self) -> Parsed<Option<String>> {
        if !self.word("as") {
            return Ok(None);
        }
        match self.next() {
            Some(Token::Quoted(alias) | Token::Word(alias) | Token::Text(alias)) => Ok(Some(alias)),
            other => Err(unexpected(other.as_ref())),
        }
    }

    fn path(&mut self) -> Parsed<Path> {
        let name = self.name()?;
        Ok(if self.sign(".") {
            Path {
                object: Some(name),
                field: self.name()?,
            }
        } else {
            Path {
                object: None,
                field: name,
            }
        })
    }

    fn any(&mut self) -> Parsed<Condition> {
        let mut parts = vec![self.all()?];
        while self.word("or") {
            parts.push(self.all()?);
        }
        Ok(single(parts, Condition::Any))
    }

    fn all(&mut self) -> Parsed<Condition> {
        let mut parts = vec![self.one()?];
        while self.word("and") {
            parts.push(self.one()?);
        }
        Ok(single(parts, Condition::All))
    }

    fn one(&mut self) -> Parsed<Condition> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("the query is nested too deeply".to_owned());
        }
        let condition = if self.word("not") {
            Condition::Not(Box::new(self.one()?))
        } else if self.sign("(") {
            let inside = self.any()?;
            self.expect_sign(")")?;
            inside
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(condition)
    }

    fn comparison(&mut self) -> Parsed<Condition> {
        let path = self.path()?;
        if self.word("is") {
            let negated = self.word("not");
            self.expect_word("null")?;
            return Ok(Condition::Null { path, negated });
        }
        if self.word("like") {
            return match self.next() {
                Some(Token::Text(pattern)) => Ok(Condition::Like(path, pattern)),
                other => Err(unexpected(other.as_ref())),
            };
        }
        let token = self.next();
        let operator = match &token {
            Some(Token::Sign("=")) => Operator::Equal,
            Some(Token::Sign("!=")) => Operator::Unequal,
            Some(Token::Sign("<")) => Operator::Less,
            Some(Token::Sign(">")) => Operator::Greater,
            Some(Token::Sign("<=")) => Operator::LessOrEqual,
            Some(Token::Sign(">=")) => Operator::GreaterOrEqual,
            other => return Err(unexpected(other.as_ref())),
        };
        // Tolerated by the vendor: `= null` means `is null`.
        let is_equality = matches!(operator, Operator::Equal | Operator::Unequal);
        if is_equality && self.word("null") {
            let negated = operator == Operator::Unequal;
            return Ok(Condition::Null { path, negated });
        }
        let operand = match self.peek() {
            Some(Token::Text(text)) => Operand::Text(text.clone()),
            Some(Token::Number(text)) => Operand::Number(text.clone()),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("true") => Operand::Boolean(true),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("false") => {
                Operand::Boolean(false)
            }
            Some(Token::Word(_)) => {
                return Ok(Condition::Compare(
                    path,
                    operator,
                    Operand::Field(self.path()?),
                ));
            }
            other => return Err(unexpected(other)),
        };
        self.at += 1;
        Ok(Condition::Compare(path, operator, operand))
    }
}

fn single(mut parts: Vec<Condition>, many: fn(Vec<Condition>) -> Condition) -> Condition {
    match parts.len() {
        1 => parts.remove(0),
        _ => many(parts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_documented_is_refused() {
        let cases = [
            "",
            "select from Account",
            "select Id from",
            "select Id from Account where Id in ('1')",
            "select Id from Account where Balance between 1 and 2",
            "select Id from Account where Id <> '1'",
            "select Id from Account where Id not like 'a%'",
            "select Id from Account where Id = 'a",
            "select Id from Account where (Id = 'a'",
            "select Id from Account having count(*) > 1",
            "select Id from Account limit 1, 2, 3",
            "select Id from Account; select Id from Account",
            "select Id from Account a where a.Id = '1'",
            "select Id, from Account",
            "select distinct Id from Account",
            "select Id from Account where Id = 'a' and",
        ];
        for text in cases {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(
            parse(&format!(
                "select Id from Account where {}",
                "(".repeat(9_000)
            ))
            .is_err()
        );
    }

    #[test]
    fn and_binds_closer_than_or() {
        let compare = |name: &str| {
            let path = Path {
                object: None,
                field: name.to_owned(),
            };
            Condition::Compare(path, Operator::Equal, Operand::Boolean(true))
        };
        let statement =
            parse("SELECT a FROM b WHERE a = TRUE or b = true AND not (c = true or d=true)")
                .unwrap();
        let inner = Condition::Any(vec![compare("c"), compare("d")]);
        let right = Condition::All(vec![compare("b"), Condition::Not(Box::new(inner))]);
        assert_eq!(
            statement.condition,
            Some(Condition::Any(vec![compare("a"), right]))
        );
    }

    #[test]
    fn quotes_are_doubled_and_backslashes_are_letters() {
        let statement = parse(r"select a from b where a = 'O''Neill\' limit 5, 7").unwrap();
        let path = Path {
            object: None,
            field: "a".to_owned(),
        };
        let text = Operand::Text(r"O'Neill\".to_owned());
        assert_eq!(
            statement.condition,
            Some(Condition::Compare(path, Operator::Equal, text))
        );
        assert_eq!(
            statement.limit,
            Some(Limit {
                offset: 5,
                count: 7
            })
        );
    }
}
