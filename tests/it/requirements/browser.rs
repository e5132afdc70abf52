//! A person at a browser, over HTTP: opens the address, decides, and is sent to the redirect address, or not.

use reqwest::{Client, Response, Url, redirect};
use tokio::runtime::Runtime;

/// Who may agree.
pub(super) const ADMINISTRATOR: &str = "agent@example.com";
/// Somebody with fewer rights.
pub(super) const AGENT: &str = "light@example.com";

/// Opens the address, signs in as the administrator, agrees, and goes where that leads; what is shown there.
pub(crate) fn browse(address: &str) -> String {
    let (status, page) = visit(&agree(address));
    assert_eq!(status, 200, "{page}");
    page
}

/// Where the browser is sent after the administrator has agreed.
pub(super) fn agree(address: &str) -> String {
    decide(address, ADMINISTRATOR, "allow")
}

/// Where the browser is sent after somebody has decided.
pub(super) fn decide(address: &str, person: &str, decision: &str) -> String {
    walk(async |client| {
        let page = client.get(address).send().await.unwrap();
        assert_eq!(page.status(), 200, "{address}");
        let page = page.text().await.unwrap();
        let action = Url::parse(address)
            .unwrap()
            .join(between(&page, "action=\"", "\""))
            .unwrap();
        let consent = between(&page, "name=\"consent\" value=\"", "\"");
        let form = format!(
            "consent={consent}&person={}&decision={decision}",
            person.replace('@', "%40")
        );
        let answer = client
            .post(action)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 302, "{address}");
        location(&answer)
    })
}

/// What an address answers.
pub(super) fn visit(address: &str) -> (u16, String) {
    walk(async |client| {
        let answer = client.get(address).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    })
}

/// A parameter of an address; empty if it has none.
pub(super) fn parameter(address: &str, name: &str) -> String {
    let url = Url::parse(address).unwrap_or_else(|error| panic!("{address}: {error}"));
    let mut pairs = url.query_pairs();
    let found = pairs.find(|(known, _)| known == name);
    found
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// The code that a redirect brings, as a person notes it.
pub(super) fn code(redirect: &str) -> String {
    let code = parameter(redirect, "code");
    assert!(!code.is_empty(), "{redirect}");
    code
}

fn walk<T>(work: impl AsyncFnOnce(Client) -> T) -> T {
    let client = Client::builder()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .build()
        .unwrap();
    Runtime::new().unwrap().block_on(work(client))
}

fn location(answer: &Response) -> String {
    let location = answer.headers().get("location").unwrap();
    location.to_str().unwrap().to_owned()
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = text
        .split_once(start)
        .unwrap_or_else(|| panic!("no {start} in {text}"));
    rest.split_once(end).unwrap().0
}
