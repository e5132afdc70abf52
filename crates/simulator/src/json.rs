//! A JSON writer straight into bytes: an export page of a thousand tickets is 3.5 MB and must cost a few milliseconds.
//! It refuses to check nesting; callers open and close what they mean.

use serde_json::Value;

use crate::clock;

/// Bytes of JSON being written. Commas are derived from the last byte, so there is no state to keep.
#[derive(Debug, Default)]
pub(crate) struct Json {
    bytes: Vec<u8>,
}

impl Json {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(capacity),
        }
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The written document as a tree; `Null` if it is not a complete document.
    pub(crate) fn into_value(self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    fn separate(&mut self) {
        if !matches!(self.bytes.last(), None | Some(b'{' | b'[' | b':')) {
            self.bytes.push(b',');
        }
    }

    pub(crate) fn key(&mut self, name: &str) -> &mut Self {
        self.separate();
        self.bytes.push(b'"');
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.extend_from_slice(b"\":");
        self
    }

    pub(crate) fn open(&mut self) -> &mut Self {
        self.separate();
        self.bytes.push(b'{');
        self
    }

    pub(crate) fn close(&mut self) -> &mut Self {
        self.bytes.push(b'}');
        self
    }

    pub(crate) fn open_list(&mut self) -> &mut Self {
        self.separate();
        self.bytes.push(b'[');
        self
    }

    pub(crate) fn close_list(&mut self) -> &mut Self {
        self.bytes.push(b']');
        self
    }

    pub(crate) fn int(&mut self, value: i64) -> &mut Self {
        self.separate();
        let mut digits = [0_u8; 20];
        let mut at = digits.len();
        let mut rest = value.unsigned_abs();
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if value < 0 {
            self.bytes.push(b'-');
        }
        self.bytes.extend_from_slice(&digits[at..]);
        self
    }

    pub(crate) fn boolean(&mut self, value: bool) -> &mut Self {
        self.separate();
        self.bytes
            .extend_from_slice(if value { b"true" } else { b"false" });
        self
    }

    pub(crate) fn null(&mut self) -> &mut Self {
        self.separate();
        self.bytes.extend_from_slice(b"null");
        self
    }

    pub(crate) fn text(&mut self, value: &str) -> &mut Self {
        self.separate();
        self.bytes.push(b'"');
        self.escaped(value);
        self.bytes.push(b'"');
        self
    }

    pub(crate) fn time(&mut self, epoch: i64) -> &mut Self {
        self.separate();
        self.bytes.push(b'"');
        self.bytes.extend_from_slice(&clock::iso(epoch));
        self.bytes.push(b'"');
        self
    }

    pub(crate) fn value(&mut self, value: &Value) -> &mut Self {
        match value {
            Value::Null => self.null(),
            Value::Bool(flag) => self.boolean(*flag),
            Value::String(text) => self.text(text),
            Value::Number(number) => {
                self.separate();
                self.bytes.extend_from_slice(number.to_string().as_bytes());
                self
            }
            Value::Array(items) => {
                self.open_list();
                for item in items {
                    self.value(item);
                }
                self.close_list()
            }
            Value::Object(fields) => {
                self.open();
                for (name, field) in fields {
                    self.key(name).value(field);
                }
                self.close()
            }
        }
    }

    pub(crate) fn ints(&mut self, values: &[i64]) -> &mut Self {
        self.open_list();
        for value in values {
            self.int(*value);
        }
        self.close_list()
    }

    pub(crate) fn maybe_int(&mut self, value: Option<i64>) -> &mut Self {
        match value {
            Some(value) => self.int(value),
            None => self.null(),
        }
    }

    pub(crate) fn maybe_text(&mut self, value: Option<&str>) -> &mut Self {
        match value {
            Some(value) => self.text(value),
            None => self.null(),
        }
    }

    pub(crate) fn maybe_time(&mut self, value: Option<i64>) -> &mut Self {
        match value {
            Some(value) => self.time(value),
            None => self.null(),
        }
    }

    /// A row address such as `https://acme.zendesk.com/api/v2/tickets/7.json`; rows name the vendor's host, never the simulator's,
    /// so that equal accounts give equal rows whatever the port.
    pub(crate) fn url(&mut self, collection: &str, id: i64) -> &mut Self {
        self.key("url").separate();
        self.bytes
            .extend_from_slice(b"\"https://acme.zendesk.com/api/v2/");
        self.bytes.extend_from_slice(collection.as_bytes());
        self.bytes.push(b'/');
        self.bytes.extend_from_slice(id.to_string().as_bytes());
        self.bytes.extend_from_slice(b".json\"");
        self
    }

    fn escaped(&mut self, value: &str) {
        let bytes = value.as_bytes();
        let mut copied = 0;
        for (at, byte) in bytes.iter().enumerate() {
            if *byte >= 0x20 && *byte != b'"' && *byte != b'\\' {
                continue;
            }
            self.bytes.extend_from_slice(&bytes[copied..at]);
            copied = at + 1;
            match byte {
                b'"' => self.bytes.extend_from_slice(b"\\\""),
                b'\\' => self.bytes.extend_from_slice(b"\\\\"),
                b'\n' => self.bytes.extend_from_slice(b"\\n"),
                b'\r' => self.bytes.extend_from_slice(b"\\r"),
                b'\t' => self.bytes.extend_from_slice(b"\\t"),
                other => {
                    const HEX: &[u8; 16] = b"0123456789abcdef";
                    self.bytes.extend_from_slice(b"\\u00");
                    self.bytes.push(HEX[usize::from(other >> 4)]);
                    self.bytes.push(HEX[usize::from(other & 15)]);
                }
            }
        }
        self.bytes.extend_from_slice(&bytes[copied..]);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn writes_what_serde_reads() {
        let mut json = Json::default();
        json.open()
            .key("a")
            .int(i64::MIN)
            .key("b")
            .open_list()
            .int(0)
            .null()
            .boolean(true)
            .text("é\"\\\n\u{1}🙂")
            .close_list();
        json.key("c")
            .open()
            .close()
            .key("t")
            .time(1_700_000_000)
            .key("v")
            .value(&json!({"x": [1, "y", 2.5]}))
            .close();
        assert_eq!(
            json.into_value(),
            json!({"a": i64::MIN, "b": [0, null, true, "é\"\\\n\u{1}🙂"], "c": {}, "t": "2023-11-14T22:13:20Z", "v": {"x": [1, "y", 2.5]}})
        );
    }
}
