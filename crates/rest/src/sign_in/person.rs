//! Asking a person: the browser is brought to the vendor's page, and the redirect is waited for on this machine.

use std::sync::Weak;
use std::time::Duration;

use super::desktop::Callback;
use super::server::{Application, Code, Server};
use super::{Error, SignIn};

/// How often it is looked whether anybody still waits for the person.
const LOOK: Duration = Duration::from_millis(200);

impl SignIn {
    /// The code that a person's consent brings. Nothing is spent here, so that giving up costs nothing.
    pub(super) async fn ask_person(
        &self,
        server: &Server,
        application: &Application,
        callback: &str,
        waiting: &Weak<()>,
    ) -> Result<Code, Error> {
        let given = self.given();
        let address = server
            .authorization_address(application, callback, None, true)
            .map_err(|error| self.refused_client(error))?
            .ok_or_else(|| self.no_page())?;
        let visit = Callback::listen(callback, &address.state).await;
        let visit = visit.map_err(|error| self.no_code(&error))?;
        let (browser, url) = (given.browser.clone(), address.url.clone());
        // Browsers without a window take over the terminal until they end.
        let connection = self.shared.connection.clone();
        tokio::task::spawn_blocking(move || {
            if let Err(reason) = browser.open(&url) {
                tracing::warn!(
                    connection,
                    "no browser could be opened ({reason}); open this address to sign in: {url}"
                );
            }
        });
        let code = tokio::select! {
            code = visit.code(given.patience) => code.map_err(|error| self.no_code(&error))?,
            () = gone(waiting) => return Err(self.stop("the sign-in was cancelled", "try again")),
        };
        Ok(Code {
            code,
            callback: callback.to_owned(),
            code_verifier: address.code_verifier,
        })
    }
}

async fn gone(waiting: &Weak<()>) {
    while waiting.strong_count() > 0 {
        tokio::time::sleep(LOOK).await;
    }
}
