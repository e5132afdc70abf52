//! The least that a client can do: reqwest, one request after another, bytes only.

use reqwest::Client;

use crate::Outcome;
use crate::answer::Request;

/// Who `zuzen simulate` lets in.
const USER: &str = "agent@example.com/token";
const TOKEN: &str = "demo";

/// A client that negotiates what the engine's does.
pub(crate) fn client() -> reqwest::Result<Client> {
    Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .tcp_nodelay(true)
        .build()
}

/// Reads an address to its end; answers how many bytes that were, decompressed.
pub(crate) async fn fetch(client: &Client, address: &str) -> Outcome<u64> {
    let request = client.get(address).basic_auth(USER, Some(TOKEN));
    let mut response = request.send().await?.error_for_status()?;
    let mut bytes = 0;
    while let Some(chunk) = response.chunk().await? {
        bytes += chunk.len() as u64;
    }
    Ok(bytes)
}

/// Reads the pages of these requests.
pub(crate) async fn drain(client: &Client, url: &str, requests: &[Request]) -> Outcome<u64> {
    let mut bytes = 0;
    for request in requests {
        bytes += fetch(client, &format!("{url}{}", request.address)).await?;
    }
    Ok(bytes)
}

/// A whole process for one request.
pub(crate) fn get(address: &str) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(fetch(&client()?, address))?;
    Ok(())
}
