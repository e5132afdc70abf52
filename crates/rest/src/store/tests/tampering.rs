//! Files that somebody changed. The secrets stay sealed, the file stays as it is.

use serde_json::Value;

use super::*;

async fn sealed(machine: &Machine) -> (Openers, Vec<u8>) {
    let openers = Openers {
        client_secret: secret(SECRETS[0]),
        ..machine.user()
    };
    put(&machine.store(openers.clone()), &values())
        .await
        .unwrap();
    (openers, fs::read(machine.file()).unwrap())
}

/// Loads a text, and checks that neither loading nor saving touches it.
async fn load(machine: &Machine, openers: &Openers, text: &[u8]) -> Result<Stored, StoreError> {
    fs::write(machine.file(), text).unwrap();
    let store = machine.store(openers.clone());
    let loaded = store.load().await;
    if loaded.is_err() {
        let mut locked = store.lock().await.unwrap();
        assert!(locked.check_writable().await.is_err());
        assert!(
            locked
                .save(&Stored {
                    generation: 1,
                    ..values()
                })
                .await
                .is_err()
        );
        assert_eq!(fs::read(machine.file()).unwrap(), text);
    }
    loaded.map(|values| values.expect("there is a file"))
}

#[tokio::test]
async fn no_flipped_bit_goes_unnoticed() {
    let machine = Machine::new();
    let (openers, text) = sealed(&machine).await;
    let whole = told(
        &machine
            .store(openers.clone())
            .load()
            .await
            .unwrap()
            .unwrap(),
    );
    let find = |part: &str| {
        let place = text
            .windows(part.len())
            .position(|window| window == part.as_bytes());
        place.unwrap()
    };
    let mark = find("\"zuzen\"")..find("\"zuzen\"") + 7;
    let version = find("\"version\": ") + 11;
    let mut noticed = 0;
    for place in 0..text.len() {
        for bit in [0x01, 0x20, 0x80] {
            let mut changed = text.clone();
            changed[place] ^= bit;
            match load(&machine, &openers, &changed).await {
                Err(StoreError::Tampered { .. }) => noticed += 1,
                Err(StoreError::NotSettings { .. }) if mark.contains(&place) => {}
                Err(StoreError::Newer { .. }) if place == version => {}
                // A space may become another white space.
                Ok(values) if text[place].is_ascii_whitespace() => {
                    assert_eq!(told(&values), whole);
                }
                other => panic!("byte {place} ^ {bit:#x}: {other:?}"),
            }
        }
    }
    assert!(noticed > 2500, "{noticed}");
}

#[tokio::test]
async fn no_cut_goes_unnoticed() {
    let machine = Machine::new();
    let (openers, text) = sealed(&machine).await;
    for length in 0..text.len() - 1 {
        let error = load(&machine, &openers, &text[..length]).await.unwrap_err();
        match error {
            StoreError::NotSettings { .. } if length < 11 => {}
            StoreError::Tampered { .. } if length >= 11 => {}
            other => panic!("{length}: {other:?}"),
        }
    }
    // Copied by hand it may have lost its last line break, or gained some.
    assert!(load(&machine, &openers, text.trim_ascii()).await.is_ok());
    let spaced = [b"\n", &text[..], b"\r\n"].concat();
    assert!(load(&machine, &openers, &spaced).await.is_ok());
}

type Edit = fn(&mut Value, &Value);

#[tokio::test]
async fn no_part_can_be_exchanged() {
    let (machine, other) = (Machine::new(), Machine::new());
    let (mut openers, mine) = sealed(&machine).await;
    // The other file opens with the very same secret.
    let (_, theirs) = sealed(&other).await;
    let store = machine.store(openers.clone());
    put(&store, &values()).await.unwrap();
    let newer = fs::read(machine.file()).unwrap();
    let theirs: Value = serde_json::from_slice(&theirs).unwrap();
    let older: Value = serde_json::from_slice(&mine).unwrap();
    let edits: [(&str, &Value, Edit); 12] = [
        ("a lower generation", &older, |file, _| {
            file["generation"] = 1.into()
        }),
        ("a higher generation", &older, |file, _| {
            file["generation"] = 3.into()
        }),
        ("another connector", &older, |file, _| {
            file["connector"] = "zuora".into()
        }),
        ("another greeting", &older, |file, _| {
            file["zuzen"] = "x".into()
        }),
        ("version 0", &older, |file, _| file["version"] = 0.into()),
        ("openers of another file", &theirs, |file, other| {
            file["openers"] = other["openers"].clone();
        }),
        ("contents of another file", &theirs, |file, other| {
            file["sealed"] = other["sealed"].clone();
        }),
        ("contents of an older save", &older, |file, other| {
            file["sealed"] = other["sealed"].clone();
        }),
        ("an opener less", &older, |file, _| {
            file["openers"].as_array_mut().unwrap().remove(0);
        }),
        ("an opener twice", &older, |file, _| {
            let opener = file["openers"][1].clone();
            file["openers"].as_array_mut().unwrap().push(opener);
        }),
        ("openers the other way round", &older, |file, _| {
            file["openers"].as_array_mut().unwrap().reverse();
        }),
        ("a field more", &older, |file, _| file["more"] = 1.into()),
    ];
    for by_user_key in [true, false] {
        if !by_user_key {
            openers.user_key = None;
        }
        assert!(load(&machine, &openers, &newer).await.is_ok());
        for (name, source, edit) in &edits {
            let mut file: Value = serde_json::from_slice(&newer).unwrap();
            edit(&mut file, source);
            let text = serde_json::to_vec(&file).unwrap();
            let error = load(&machine, &openers, &text).await.unwrap_err();
            assert!(
                matches!(error, StoreError::Tampered { .. }),
                "{name}: {error:?}"
            );
            assert!(error.hint().contains("sign in again"));
        }
    }
}

#[tokio::test]
async fn a_forged_price_is_not_paid() {
    let machine = Machine::new();
    let openers = Openers {
        passphrase: secret(SECRETS[3]),
        ..Openers::default()
    };
    let public = Stored {
        client_secret: None,
        ..values()
    };
    put(&machine.store(openers.clone()), &public).await.unwrap();
    let text = fs::read_to_string(machine.file()).unwrap();
    for (from, to) in [
        ("\"memory_kib\": 19456", "\"memory_kib\": 4000000000"),
        ("\"passes\": 2", "\"passes\": 4000000000"),
        ("\"lanes\": 1", "\"lanes\": 0"),
    ] {
        let forged = text.replace(from, to);
        assert_ne!(forged, text, "{from}");
        let error = load(&machine, &openers, forged.as_bytes())
            .await
            .unwrap_err();
        assert!(
            matches!(error, StoreError::Tampered { .. }),
            "{to}: {error:?}"
        );
    }
}

#[tokio::test]
async fn files_of_others_and_of_later_versions_are_left_alone() {
    let machine = Machine::new();
    let (openers, text) = sealed(&machine).await;
    let newer = String::from_utf8(text)
        .unwrap()
        .replace("\"version\": 1", "\"version\": 2");
    for (text, reason) in [
        ("", "it is empty"),
        (" \n", "it is empty"),
        ("{}", "does not begin like one"),
        ("[1, 2]", "does not begin like one"),
        ("access_token=abc", "does not begin like one"),
        ("\u{0}\u{1}\u{2}", "does not begin like one"),
        (&newer, "has version 2, this zuzen reads version 1"),
        (
            "{\"zuzen\": \"\", \"version\": 9, \"secrets\": []}",
            "version 9",
        ),
    ] {
        let error = load(&machine, &openers, text.as_bytes()).await.unwrap_err();
        assert!(error.to_string().contains(reason), "{text}: {error}");
        assert!(error.to_string().contains("OAuthSettings.txt"), "{error}");
    }
}
