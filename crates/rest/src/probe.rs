//! Looking at the way to a host: its addresses, whether it answers, how far its clock is off. No credentials are sent.

use std::net::IpAddr;
use std::time::{Duration, Instant, SystemTime};

use reqwest::header::DATE;

use crate::connection::Connection;
use crate::error::{At, Error};
use crate::send::{Trouble, failed};
use crate::sign_in::place;
use crate::transport::Failure;

/// The way to a host.
#[derive(Debug, Clone)]
pub struct Reach {
    /// Host and port.
    pub host: String,
    /// Its addresses; none where a proxy looks them up.
    pub addresses: Vec<IpAddr>,
    /// Whether the way is encrypted.
    pub encrypted: bool,
    /// The protocol spoken, such as `HTTP/2.0`.
    pub protocol: String,
    /// From asking to the first answer, connecting included.
    pub elapsed: Duration,
    /// Seconds that the host's clock is ahead of this machine's, if it says what time it is.
    pub ahead: Option<i64>,
}

impl Connection {
    /// Looks at the way to the API without signing in.
    ///
    /// # Errors
    /// [`Error::Network`] if there is none.
    pub async fn reach(&self) -> Result<Reach, Error> {
        let shared = &self.shared;
        let began = Instant::now();
        let sent = shared.client.head(shared.origin.clone()).send().await;
        let elapsed = began.elapsed();
        let response =
            sent.map_err(|error| self.unreached(failed(Failure::read(&error, &shared.transport))))?;
        if let Some(failure) =
            Failure::of_status(response.status(), &shared.origin, &shared.transport)
        {
            return Err(self.unreached(failed(failure)));
        }
        let date = response
            .headers()
            .get(DATE)
            .and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| chrono::DateTime::parse_from_rfc2822(date).ok());
        let now = chrono::DateTime::<chrono::Utc>::from(SystemTime::now());
        Ok(Reach {
            host: place(&shared.origin),
            addresses: self.addresses().await,
            encrypted: shared.origin.scheme() == "https",
            protocol: format!("{:?}", response.version()),
            elapsed,
            ahead: date.map(|date| date.timestamp() - now.timestamp()),
        })
    }

    async fn addresses(&self) -> Vec<IpAddr> {
        let (transport, origin) = (&self.shared.transport, &self.shared.origin);
        if transport.proxy.is_some() || transport.firewall.is_some() {
            return Vec::new();
        }
        let (Some(host), Some(port)) = (origin.host_str(), origin.port_or_known_default()) else {
            return Vec::new();
        };
        let found = tokio::net::lookup_host((host.trim_matches(['[', ']']), port)).await;
        let found = found.into_iter().flatten().map(|address| address.ip());
        let mut addresses: Vec<IpAddr> = found.collect();
        addresses.dedup();
        addresses
    }

    fn unreached(&self, trouble: Trouble) -> Error {
        let shared = &self.shared;
        let at = Box::new(At {
            connection: shared.name.clone(),
            table: shared.name.clone(),
            read: "reach".to_owned(),
            call: "HEAD /".to_owned(),
            request_id: None,
        });
        match trouble {
            Trouble::Broken { cause, detail, .. } => Error::Network {
                at,
                host: place(&shared.origin),
                cause,
                attempts: 1,
                detail,
            },
            Trouble::Refused {
                status, refusal, ..
            } => Error::Server {
                at,
                status,
                wait: None,
                attempts: 1,
                said: refusal.message,
            },
        }
    }
}
