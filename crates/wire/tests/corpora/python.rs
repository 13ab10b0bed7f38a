//! The part of Python in which the feedparser corpus writes what it expects.

use serde_json::{Map, Number, Value};

/// A comparison of an expectation: two or more sides that are to be equal.
pub(crate) type Equation = Vec<Side>;

/// A side of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Side {
    Literal(Value),
    /// A value of the result, by the keys that lead to it.
    Path(Vec<Key>),
    /// The length of one.
    Length(Vec<Key>),
    /// The number of its only character.
    Ord(Vec<Key>),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Key {
    Name(String),
    /// From the end where it is negative.
    Index(i64),
}

/// The `==` comparisons of an expectation, or why one cannot be read.
pub(crate) fn equations(text: &str) -> Result<Vec<Equation>, String> {
    let mut equations = Vec::new();
    for term in split(text, " and ") {
        let mut term = term.trim();
        while let Some(inner) = term.strip_prefix('(').and_then(|term| term.strip_suffix(')')) {
            term = inner.trim();
        }
        let sides = split(term, "==");
        if sides.len() > 1 {
            let sides = sides.iter().map(|side| self::side(side.trim()));
            equations.push(sides.collect::<Result<Equation, String>>()?);
        }
    }
    Ok(equations)
}

/// Splits at a mark that stands in no string.
fn split<'a>(text: &'a str, mark: &str) -> Vec<&'a str> {
    let mut parts = Vec::new();
    let (mut start, mut quote, mut escaped) = (0, None, false);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, _) if at >= start && text[at..].starts_with(mark) => {
                parts.push(&text[start..at]);
                start = at + mark.len();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn side(text: &str) -> Result<Side, String> {
    let mut reader = Reader { rest: text };
    let side = if reader.eat("len(") {
        Side::Length(reader.path()?)
    } else if reader.eat("ord(") {
        Side::Ord(reader.path()?)
    } else if text.starts_with(|c: char| c.is_ascii_lowercase() && !"ub".contains(c))
        && !text.starts_with("datetime")
    {
        Side::Path(reader.path()?)
    } else {
        Side::Literal(reader.literal()?)
    };
    reader.eat(")");
    if reader.rest.trim().is_empty() { Ok(side) } else { Err(format!("cannot read {text:?}")) }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn eat(&mut self, mark: &str) -> bool {
        self.rest = self.rest.trim_start();
        let rest = self.rest.strip_prefix(mark);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn word(&mut self) -> String {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let end = self.rest.find(|c: char| !is_word(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word.to_owned()
    }

    fn path(&mut self) -> Result<Vec<Key>, String> {
        let mut keys = vec![Key::Name(self.word())];
        loop {
            if self.eat(".") {
                keys.push(Key::Name(self.word()));
            } else if self.eat("[") {
                keys.push(match self.literal()? {
                    Value::String(name) => Key::Name(name),
                    Value::Number(number) => Key::Index(number.as_i64().ok_or("no index")?),
                    other => return Err(format!("{other} is no key")),
                });
                self.eat("]");
            } else {
                return Ok(keys);
            }
        }
    }

    fn literal(&mut self) -> Result<Value, String> {
        for (word, value) in
            [("None", Value::Null), ("True", Value::Bool(true)), ("False", Value::Bool(false))]
        {
            if self.eat(word) {
                return Ok(value);
            }
        }
        if self.eat("{") {
            return self.dict();
        }
        if self.eat("(") {
            return self.list(")");
        }
        if self.eat("[") {
            return self.list("]");
        }
        if self.rest.starts_with(['\'', '"'])
            || self.rest.starts_with("u'")
            || self.rest.starts_with("u\"")
        {
            return self.string();
        }
        let end = self.rest.find(|c: char| !(c.is_ascii_digit() || "-.".contains(c)));
        let (number, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        number
            .parse::<Number>()
            .map(Value::Number)
            .map_err(|_| format!("cannot read {:?}", self.rest))
    }

    fn list(&mut self, end: &str) -> Result<Value, String> {
        let mut values = Vec::new();
        while !self.eat(end) {
            values.push(self.literal()?);
            self.eat(",");
        }
        Ok(Value::Array(values))
    }

    fn dict(&mut self) -> Result<Value, String> {
        let mut map = Map::new();
        while !self.eat("}") {
            let Value::String(key) = self.literal()? else {
                return Err("a key is no string".to_owned());
            };
            self.eat(":");
            map.insert(key, self.literal()?);
            self.eat(",");
        }
        Ok(Value::Object(map))
    }

    fn string(&mut self) -> Result<Value, String> {
        self.eat("u");
        let mut chars = self.rest.chars();
        let quote = chars.next().ok_or("no string")?;
        let mut text = String::new();
        loop {
            match chars.next().ok_or("a string has no end")? {
                '\\' => text.extend(escape(&mut chars)?),
                c if c == quote => break,
                c => text.push(c),
            }
        }
        self.rest = chars.as_str();
        Ok(Value::String(text))
    }
}

fn escape(chars: &mut std::str::Chars<'_>) -> Result<Option<char>, String> {
    let escape = chars.next();
    let mut number = |count: usize| {
        let digits: String = chars.by_ref().take(count).collect();
        u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32)
    };
    Ok(match escape.ok_or("a string has no end")? {
        'n' => Some('\n'),
        't' => Some('\t'),
        'r' => Some('\r'),
        'x' => number(2),
        'u' => number(4),
        'U' => number(8),
        other => Some(other),
    })
}
