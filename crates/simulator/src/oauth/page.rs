//! The pages people see: a consent that a browser can click, and errors. They need no script and load nothing.

use crate::oauth::client::OAuthClient;
use crate::oauth::ledger::Authorization;
use crate::people::Person;
use crate::reply::Reply;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:28rem;margin:4rem auto;padding:0 1rem}\
button,select{font:inherit;padding:.4rem 1rem;margin:.5rem .5rem 0 0}";

fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

fn page(status: u16, title: &str, content: &str) -> Reply {
    let body = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"referrer\" content=\"no-referrer\"><style>{STYLE}</style></head>\n<body>\n<h1>{title}</h1>\n{content}</body></html>\n"
    );
    let mut reply = Reply::html(status, "");
    reply.body = body.into_bytes();
    reply.with("cache-control", "no-store".to_owned())
}

/// Asks a person. The form goes to `action` with `consent`, `person` (an e-mail address) and `decision` (`allow` or `deny`).
pub(crate) fn consent(
    client: &OAuthClient,
    authorization: &Authorization,
    name: &str,
    action: &str,
) -> Reply {
    let people: String = Person::ALL
        .into_iter()
        .map(|person| format!("<option>{}</option>", person.email()))
        .collect();
    let scopes: String = authorization
        .scope
        .names()
        .iter()
        .map(|scope| format!("<li>{}</li>", escape(scope)))
        .collect();
    let content = format!(
        "<p><strong>{client}</strong> wants to use this account:</p>\n<ul>{scopes}</ul>\n\
         <form method=\"post\" action=\"{action}\">\n<input type=\"hidden\" name=\"consent\" value=\"{name}\">\n\
         <label>Signed in as <select name=\"person\" id=\"person\">{people}</select></label>\n<p>\
         <button type=\"submit\" name=\"decision\" value=\"allow\" id=\"allow\">Allow</button>\
         <button type=\"submit\" name=\"decision\" value=\"deny\" id=\"deny\">Deny</button></p>\n</form>\n\
         <p>You will be sent to {redirect}</p>\n",
        client = escape(&client.name),
        redirect = escape(&authorization.redirect),
    );
    page(200, "Allow access?", &content)
}

/// An error that must not be sent to the redirect address, because that address is not trusted.
pub(crate) fn error(reason: &str) -> Reply {
    let content = format!("<p>{}</p>\n", escape(reason));
    page(400, "This request is not valid", &content)
}
