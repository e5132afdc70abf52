//! Who opens what.

use super::*;

fn passphrase(text: &str) -> Openers {
    Openers {
        passphrase: secret(text),
        ..Openers::default()
    }
}

fn key_file(machine: &Machine, name: &str) -> Openers {
    let path = machine.path(name);
    super::super::key_file::ensure(&path).unwrap();
    Openers {
        key_file: Some(path),
        ..Openers::default()
    }
}

#[tokio::test]
async fn every_opener_opens_alone() {
    let machine = Machine::new();
    let public = Stored {
        client_secret: None,
        refresh_token: None,
        expires_in: None,
        refresh_expires_in: None,
        scope: None,
        seed: None,
        refused: Some("invalid_grant".to_owned()),
        token_url: None,
        ..values()
    };
    for (name, openers, values) in [
        ("secret", by_client_secret(SECRETS[0]), values()),
        ("user", machine.user(), public.clone()),
        ("passphrase", passphrase(SECRETS[3]), public.clone()),
        ("key file", key_file(&machine, "my.key"), public),
    ] {
        let path = machine.path(name);
        let store = store_at(&path, openers.clone());
        assert!(store.load().await.unwrap().is_none(), "{name}");
        assert_eq!(put(&store, &values).await, Ok(1), "{name}");
        assert_eq!(put(&store, &values).await, Ok(2), "{name}");
        let loaded = store_at(&path, openers).load().await.unwrap().unwrap();
        let expected = Stored {
            generation: 2,
            ..values
        };
        assert_eq!(told(&loaded), told(&expected), "{name}");
        let openers = store.health().await.openers;
        assert_eq!(openers.len(), 1, "{name}: {openers:?}");
    }
}

#[tokio::test]
async fn times_keep_their_milliseconds_and_no_more() {
    let machine = Machine::new();
    let store = machine.store(machine.user());
    let exact = UNIX_EPOCH + Duration::from_nanos(1_790_000_000_123_456_789);
    put(
        &store,
        &Stored {
            issued: exact,
            ..values()
        },
    )
    .await
    .unwrap();
    let loaded = store.load().await.unwrap().unwrap();
    assert_eq!(
        loaded.issued,
        UNIX_EPOCH + Duration::from_millis(1_790_000_000_123)
    );
}

#[tokio::test]
async fn nothing_secret_stands_in_the_file_or_in_what_we_print() {
    let machine = Machine::new();
    let openers = Openers {
        client_secret: secret(SECRETS[0]),
        passphrase: secret(SECRETS[3]),
        ..machine.user()
    };
    let store = machine.store(openers.clone());
    let mut locked = store.lock().await.unwrap();
    locked.load().await.unwrap();
    locked.save(&values()).await.unwrap();
    let text = fs::read_to_string(machine.file()).unwrap();
    let printed = format!("{store:?} {locked:?} {:?} {openers:?}", values());
    let key = fs::read_to_string(machine.path("data/key")).unwrap();
    for hidden in SECRETS.into_iter().chain([key.trim()]) {
        assert!(!text.contains(hidden), "{hidden} in the file");
        assert!(!printed.contains(hidden), "{hidden} printed");
    }
    for sealed in ["acme", "the_client", "read write", "fingerprint"] {
        assert!(!text.contains(sealed), "{sealed} in the file");
    }
    assert!(
        text.starts_with("{\n  \"zuzen\": \"The OAuth values"),
        "{text}"
    );
    assert!(text.contains("\"connector\": \"zendesk\""), "{text}");
}

#[tokio::test]
async fn the_same_values_are_never_sealed_alike() {
    let machine = Machine::new();
    let store = machine.store(machine.user());
    put(&store, &values()).await.unwrap();
    let first = fs::read_to_string(machine.file()).unwrap();
    store.lock().await.unwrap().delete().await.unwrap();
    put(&store, &values()).await.unwrap();
    let second = fs::read_to_string(machine.file()).unwrap();
    let fields = |text: &str| -> Vec<String> {
        let document: serde_json::Value = serde_json::from_str(text).unwrap();
        let opener = &document["openers"][0];
        let fields = [
            &document["sealed"],
            &opener["id"],
            &opener["salt"],
            &opener["key"],
        ];
        fields
            .iter()
            .map(|field| field.as_str().unwrap().to_owned())
            .collect()
    };
    for (one, other) in fields(&first).iter().zip(&fields(&second)) {
        assert_ne!(one, other);
    }
}

#[tokio::test]
async fn a_copied_file_opens_with_the_client_secret_and_then_by_itself() {
    let (desktop, server) = (Machine::new(), Machine::new());
    let first = desktop.store(desktop.user());
    put(&first, &values()).await.unwrap();
    // The client secret is sealed in, so later connections at home need nothing but the file.
    let loaded = first.load().await.unwrap().unwrap();
    assert_eq!(loaded.client_secret.unwrap().reveal(), SECRETS[0]);

    server.copy_from(&desktop);
    let alone = server.store(server.user()).load().await.unwrap_err();
    let StoreError::NoOpener { kinds, .. } = &alone else {
        panic!("{alone:?}");
    };
    assert_eq!(kinds, &[Kind::UserKey, Kind::ClientSecret]);
    assert!(
        alone.hint().contains("OAuthClientSecret"),
        "{}",
        alone.hint()
    );

    let with_secret = server.store(Openers {
        client_secret: secret(SECRETS[0]),
        ..server.user()
    });
    let mut values = with_secret.load().await.unwrap().unwrap();
    values.access_token = secret("renewed");
    assert_eq!(put(&with_secret, &values).await, Ok(2));
    let later = server.store(server.user()).load().await.unwrap().unwrap();
    assert_eq!(later.access_token.unwrap().reveal(), "renewed");

    // The desktop's key still opens what the server saved.
    desktop.copy_from(&server);
    let back = desktop.store(desktop.user()).load().await.unwrap().unwrap();
    assert_eq!(back.generation, 2);
}

#[tokio::test]
async fn a_new_client_secret_or_passphrase_replaces_the_old_one() {
    let machine = Machine::new();
    let all = |phrase: &str| Openers {
        passphrase: secret(phrase),
        ..machine.user()
    };
    put(&machine.store(all("before")), &values()).await.unwrap();
    let changed = Stored {
        client_secret: secret("new"),
        ..values()
    };
    put(&machine.store(all("after")), &changed).await.unwrap();
    for (openers, opens) in [
        (by_client_secret(SECRETS[0]), false),
        (by_client_secret("new"), true),
        (passphrase("before"), false),
        (passphrase("after"), true),
        (machine.user(), true),
    ] {
        let loaded = machine.store(openers.clone()).load().await;
        assert_eq!(loaded.is_ok(), opens, "{openers:?} {loaded:?}");
    }
    assert_eq!(
        machine.store(machine.user()).health().await.openers.len(),
        3
    );
}

#[tokio::test]
async fn errors_tell_a_wrong_opener_from_a_missing_one() {
    let machine = Machine::new();
    let other = Machine::new();
    let maker = Openers {
        passphrase: secret(SECRETS[3]),
        ..key_file(&machine, "my.key")
    };
    put(&machine.store(maker), &values()).await.unwrap();
    let both = Openers {
        client_secret: secret("wrong"),
        passphrase: secret("wrong"),
        ..Openers::default()
    };
    for (openers, message, hint) in [
        (
            Openers::default(),
            "nothing at hand opens",
            "give its passphrase",
        ),
        // Empty properties are properties that were not given.
        (
            by_client_secret(""),
            "nothing at hand opens",
            "OAuthClientSecret",
        ),
        (other.user(), "nothing at hand opens", "name the key file"),
        (
            by_client_secret("wrong"),
            "does not open with the OAuthClientSecret that was given",
            "give the OAuthClientSecret it was made with",
        ),
        (
            both,
            "does not open with the OAuthClientSecret and passphrase that was given",
            "give its passphrase",
        ),
        (
            key_file(&machine, "other.key"),
            "does not open with the key file that was given",
            "name the key file it was made with",
        ),
    ] {
        let error = machine.store(openers).load().await.unwrap_err();
        let told = error.to_string();
        assert!(told.contains(message), "{told}");
        assert!(
            told.contains("opens with key file, passphrase or OAuthClientSecret"),
            "{told}"
        );
        assert!(error.hint().contains(hint), "{}", error.hint());
    }
}

#[tokio::test]
async fn without_any_key_nothing_is_saved() {
    let machine = Machine::new();
    let store = machine.store(Openers::default());
    let public = Stored {
        client_secret: None,
        ..values()
    };
    let mut locked = store.lock().await.unwrap();
    assert_eq!(locked.load().await.unwrap().map(|_| ()), None);
    let missing = StoreError::NoKey {
        path: machine.file(),
    };
    assert_eq!(locked.check_writable().await, Err(missing.clone()));
    assert_eq!(locked.save(&public).await, Err(missing));
    assert!(!machine.file().exists());
}

#[tokio::test]
async fn keys_of_short_lived_machines_do_not_fill_the_file() {
    let home = Machine::new();
    let opening = |key: usize| Openers {
        client_secret: secret(SECRETS[0]),
        user_key: Some(home.path(&format!("key{key}"))),
        ..Openers::default()
    };
    for key in 0..40 {
        put(&home.store(opening(key)), &values()).await.unwrap();
        // A machine that lives on keeps its place by using it.
        put(&home.store(opening(0)), &values()).await.unwrap();
    }
    for (key, opens) in [(0, true), (39, true), (25, true), (24, false), (1, false)] {
        let alone = Openers {
            client_secret: None,
            ..opening(key)
        };
        assert_eq!(home.store(alone).load().await.is_ok(), opens, "key {key}");
    }
    assert_eq!(home.store(opening(0)).health().await.openers.len(), 17);
}
