//! An HTTP proxy and a SOCKS5 server, as small as they can be. They record whom they were asked for.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::servers::{answer, head, say};

pub(super) struct Relay {
    pub(super) port: u16,
    seen: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

/// What a relay does with a tunnel that it may open.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    Willing,
    /// It does not reach the host.
    Unwilling,
    /// It says nothing and hangs up.
    Sullen,
    /// It says nothing.
    Silent,
}

type Login = Option<(&'static str, &'static str)>;

impl Relay {
    /// Tunnels CONNECT, and answers plain http itself.
    pub(super) async fn http(login: Login, mood: Mood) -> Self {
        Self::start(move |stream, seen| async move { http(stream, &seen, login, mood).await }).await
    }

    pub(super) async fn socks5(login: Login, mood: Mood) -> Self {
        Self::start(move |stream, seen| async move {
            let _ = socks5(stream, &seen, login, mood).await;
        })
        .await
    }

    async fn start<Done>(
        serve: impl Fn(TcpStream, Arc<Mutex<Vec<String>>>) -> Done + Send + 'static,
    ) -> Self
    where
        Done: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let task = tokio::spawn({
            let seen = Arc::clone(&seen);
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(stream, Arc::clone(&seen)));
                }
            }
        });
        Self { port, seen, task }
    }

    /// The hosts asked for, with everything that was said in the open.
    pub(super) fn seen(&self) -> Vec<String> {
        self.seen.lock().clone()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn http(mut stream: TcpStream, seen: &Mutex<Vec<String>>, login: Login, mood: Mood) {
    let Some(asked) = head(&mut stream).await else {
        return;
    };
    seen.lock().push(asked.clone());
    match mood {
        Mood::Sullen => return,
        Mood::Silent => std::future::pending().await,
        Mood::Willing | Mood::Unwilling => {}
    }
    if let Some((user, password)) = login {
        let basic = STANDARD.encode(format!("{user}:{password}"));
        let expected = format!("proxy-authorization: basic {basic}");
        let known = asked
            .lines()
            .any(|line| line.eq_ignore_ascii_case(&expected));
        if !known {
            return say(&mut stream, "407 Proxy Authentication Required", "").await;
        }
    }
    if mood == Mood::Unwilling {
        return say(&mut stream, "502 Bad Gateway", "").await;
    }
    let mut words = asked.split(' ');
    match (words.next(), words.next()) {
        (Some("CONNECT"), Some(target)) => {
            let mut server = TcpStream::connect(target).await.unwrap();
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            let _ = copy_bidirectional(&mut stream, &mut server).await;
        }
        _ => {
            let again = std::io::Cursor::new(asked.into_bytes());
            let (_, writer) = stream.split();
            answer(tokio::io::join(again, writer), &Mutex::default()).await;
        }
    }
}

/// RFC 1928 and RFC 1929, for names and CONNECT only.
async fn socks5(
    mut stream: TcpStream,
    seen: &Mutex<Vec<String>>,
    login: Login,
    mood: Mood,
) -> std::io::Result<()> {
    assert_eq!(stream.read_u8().await?, 5);
    let offered = text(&mut stream).await?;
    if mood == Mood::Sullen {
        seen.lock().push("hello".to_owned());
        return Ok(());
    }
    let wanted = if login.is_some() { 2 } else { 0 };
    if !offered.contains(&wanted) {
        seen.lock().push("no common method".to_owned());
        return stream.write_all(&[5, 0xff]).await;
    }
    stream.write_all(&[5, wanted]).await?;
    if let Some((user, password)) = login {
        assert_eq!(stream.read_u8().await?, 1);
        let said = (text(&mut stream).await?, text(&mut stream).await?);
        let known = said == (user.into(), password.into());
        stream.write_all(&[1, u8::from(!known)]).await?;
        if !known {
            seen.lock().push("unknown user".to_owned());
            return Ok(());
        }
    }
    let mut asked = [0; 4];
    stream.read_exact(&mut asked).await?;
    assert_eq!(asked, [5, 1, 0, 3], "CONNECT to a name");
    let name = String::from_utf8(text(&mut stream).await?).unwrap();
    let port = stream.read_u16().await?;
    seen.lock().push(format!("{name}:{port}"));
    if mood == Mood::Unwilling {
        return stream.write_all(&[5, 4, 0, 1, 0, 0, 0, 0, 0, 0]).await;
    }
    let mut server = TcpStream::connect((name, port)).await?;
    stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    copy_bidirectional(&mut stream, &mut server).await?;
    Ok(())
}

async fn text(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let length = stream.read_u8().await?;
    let mut text = vec![0; usize::from(length)];
    stream.read_exact(&mut text).await?;
    Ok(text)
}
