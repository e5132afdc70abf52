//! A listener on loopback with a runtime of its own: that lets a test's runtime block or end without stopping the server, and
//! lets closing cut connections.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use axum::Router;
use axum::serve::ListenerExt;
use parking_lot::Mutex;
use tokio::runtime::{Builder, Runtime};

/// A bound port and what serves it. Dropping it stops it.
#[derive(Debug)]
pub(crate) struct Listener {
    pub(crate) address: SocketAddr,
    runtime: Mutex<Option<Runtime>>,
}

impl Listener {
    /// 0 takes any free port.
    pub(crate) fn start(port: u16, router: Router) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("simulator")
            .enable_all()
            .build()?;
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let listener = listener.tap_io(|stream| {
            // Latency of small answers matters more than packets; a failure here costs only speed.
            let _ = stream.set_nodelay(true);
        });
        runtime.spawn(async move { axum::serve(listener, router).await });
        Ok(Self {
            address,
            runtime: Mutex::new(Some(runtime)),
        })
    }

    /// `http://127.0.0.1:PORT`
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Refuses everything from now on and cuts open connections.
    pub(crate) fn close(&self) {
        let runtime = self.runtime.lock().take();
        if let Some(runtime) = runtime {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.close();
    }
}
