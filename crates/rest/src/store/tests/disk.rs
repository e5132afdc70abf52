//! Files, folders, links, permissions and what killed writers leave.

use super::super::error::KeyFault;
use super::*;

#[tokio::test]
async fn looking_makes_nothing() {
    let machine = Machine::new();
    let store = machine.store(machine.user());
    assert!(store.load().await.unwrap().is_none());
    let health = store.health().await;
    assert!(!health.exists && !health.readable && health.error.is_none());
    assert_eq!(health.writable, Ok(()));
    assert_eq!(names(machine.0.path()), Vec::<String>::new());
}

#[tokio::test]
async fn proving_that_a_file_can_be_written_changes_nothing() {
    let machine = Machine::new();
    let store = machine.store(machine.user());
    put(&store, &values()).await.unwrap();
    let folder = machine.path("data/acme");
    let before = (
        fs::read(machine.file()).unwrap(),
        fs::metadata(machine.file()).unwrap().modified().unwrap(),
    );
    let locked = store.lock().await.unwrap();
    locked.check_writable().await.unwrap();
    assert_eq!(store.health().await.writable, Ok(()));
    let after = (
        fs::read(machine.file()).unwrap(),
        fs::metadata(machine.file()).unwrap().modified().unwrap(),
    );
    assert_eq!(before, after);
    assert_eq!(
        names(&folder),
        ["OAuthSettings.txt", "OAuthSettings.txt.lock"]
    );
}

#[tokio::test]
async fn a_writer_killed_before_the_rename_leaves_the_old_file_whole() {
    let machine = Machine::new();
    let store = machine.store(machine.user());
    put(&store, &values()).await.unwrap();
    let text = fs::read(machine.file()).unwrap();
    let folder = machine.path("data/acme");
    let draft = super::super::file::draft(&machine.file(), b"{\"zuzen\": half").unwrap();
    fs::write(folder.join(".OAuthSettings.txt.mine.new"), "kept").unwrap();
    assert_eq!(fs::read(machine.file()).unwrap(), text);
    assert_eq!(store.load().await.unwrap().unwrap().generation, 1);
    assert!(draft.exists());
    assert_eq!(put(&store, &values()).await, Ok(2));
    assert_eq!(
        names(&folder),
        [
            ".OAuthSettings.txt.mine.new",
            "OAuthSettings.txt",
            "OAuthSettings.txt.lock"
        ]
    );
}

#[tokio::test]
async fn health_tells_what_a_report_needs() {
    let (machine, other) = (Machine::new(), Machine::new());
    let store = machine.store(machine.user());
    put(&store, &values()).await.unwrap();
    put(&store, &values()).await.unwrap();
    let health = store.health().await;
    assert!(health.exists && health.readable);
    assert_eq!((health.version, health.generation), (Some(1), Some(2)));
    assert_eq!(health.connector.as_deref(), Some("zendesk"));
    assert_eq!(health.openers, [Kind::UserKey, Kind::ClientSecret]);
    assert_eq!(health.opened_by, [Kind::UserKey]);
    assert_eq!((health.user_key, health.error), (None, None));

    other.copy_from(&machine);
    let health = other.store(other.user()).health().await;
    assert_eq!(health.openers, [Kind::UserKey, Kind::ClientSecret]);
    assert_eq!(health.opened_by, []);
    assert!(matches!(health.error, Some(StoreError::NoOpener { .. })));
    let health = other.store(by_client_secret(SECRETS[0])).health().await;
    assert_eq!(health.opened_by, [Kind::ClientSecret]);
    assert_eq!(health.error, None);

    fs::write(machine.file(), "{\"zuzen\": \"\", \"version\": 7}").unwrap();
    let health = store.health().await;
    assert!(health.exists && health.readable);
    assert_eq!(health.version, Some(7));
    assert!(matches!(health.error, Some(StoreError::Newer { .. })));
}

#[tokio::test]
async fn deleting_removes_our_file_only() {
    let machine = Machine::new();
    let store = machine.store(machine.user());
    store.lock().await.unwrap().delete().await.unwrap();
    put(&store, &values()).await.unwrap();
    store.lock().await.unwrap().delete().await.unwrap();
    assert!(store.load().await.unwrap().is_none());
    assert_eq!(
        names(&machine.path("data/acme")),
        ["OAuthSettings.txt.lock"]
    );

    put(&store, &values()).await.unwrap();
    let text = fs::read(machine.file()).unwrap();
    fs::write(machine.file(), &text[..100]).unwrap();
    store.lock().await.unwrap().delete().await.unwrap();
    assert!(!machine.file().exists());

    fs::write(machine.file(), "a letter").unwrap();
    let error = store.lock().await.unwrap().delete().await.unwrap_err();
    assert!(matches!(error, StoreError::NotSettings { .. }), "{error:?}");
    assert!(machine.file().exists());
}

#[tokio::test]
async fn a_place_that_takes_no_file_is_told_before_anything_is_spent() {
    let machine = Machine::new();
    fs::write(machine.path("plain"), "x").unwrap();
    let store = store_at(&machine.path("plain/below/s.txt"), machine.user());
    let error = store.lock().await.unwrap_err();
    assert!(matches!(error, StoreError::Unwritable { .. }), "{error:?}");
    assert!(error.hint().contains("OAuthSettingsLocation"));
    let health = store.health().await;
    assert!(
        health.writable.is_err() && health.error.is_some(),
        "{health:?}"
    );

    let folder = store_at(machine.0.path(), machine.user());
    let error = folder.load().await.unwrap_err();
    assert!(error.to_string().contains("it is a folder"), "{error}");
}

#[tokio::test]
async fn key_files_must_be_there_and_hold_a_key() {
    let machine = Machine::new();
    put(&machine.store(by_client_secret(SECRETS[0])), &values())
        .await
        .unwrap();
    fs::write(machine.path("garbage"), "short").unwrap();
    set_mode(&machine.path("garbage"), 0o600);
    for (name, fault) in [
        ("none", KeyFault::Missing),
        ("garbage", KeyFault::NotAKey),
        (".", KeyFault::NotAKey),
    ] {
        let path = machine.path(name);
        let named = Openers {
            key_file: Some(path.clone()),
            ..by_client_secret(SECRETS[0])
        };
        let expected = StoreError::KeyFile {
            path: path.clone(),
            fault: fault.clone(),
        };
        let error = machine.store(named).load().await.unwrap_err();
        assert_eq!(error, expected, "{name}");
        // The user's own key is no condition, but without another opener its fault is the reason.
        let own = Openers {
            user_key: Some(path),
            ..by_client_secret(SECRETS[0])
        };
        assert!(machine.store(own.clone()).load().await.is_ok(), "{name}");
        if fault == KeyFault::NotAKey {
            assert_eq!(
                machine.store(own.clone()).health().await.user_key,
                Some(expected.clone())
            );
            let alone = Openers {
                client_secret: None,
                ..own
            };
            let fresh = store_at(&machine.path("fresh"), alone);
            let locked = fresh.lock().await.unwrap();
            assert_eq!(locked.check_writable().await, Err(expected), "{name}");
        }
    }
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn set_mode(_path: &Path, _mode: u32) {}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[tokio::test]
    async fn everything_is_its_owners_alone() {
        let machine = Machine::new();
        let store = machine.store(machine.user());
        put(&store, &values()).await.unwrap();
        for (name, expected) in [
            ("data", 0o700),
            ("data/acme", 0o700),
            ("data/acme/OAuthSettings.txt", 0o600),
            ("data/acme/OAuthSettings.txt.lock", 0o600),
            ("data/key", 0o600),
        ] {
            assert_eq!(mode(&machine.path(name)), expected, "{name}");
        }
        set_mode(&machine.file(), 0o644);
        assert_eq!(store.health().await.too_open, Some(0o644));
        put(&store, &values()).await.unwrap();
        assert_eq!(mode(&machine.file()), 0o600);
        assert_eq!(store.health().await.too_open, None);
    }

    #[tokio::test]
    async fn a_link_survives_and_its_target_is_replaced() {
        let machine = Machine::new();
        fs::create_dir(machine.path("real")).unwrap();
        let (link, target) = (machine.path("link.txt"), machine.path("real/s.txt"));
        symlink("real/s.txt", &link).unwrap();
        let store = store_at(&link, machine.user());
        assert!(store.load().await.unwrap().is_none());
        for generation in 1..3 {
            assert_eq!(put(&store, &values()).await, Ok(generation));
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
            assert!(fs::symlink_metadata(&target).unwrap().is_file());
        }
        // Both names share one lock.
        let mut other = store_at(&target, machine.user());
        other.patience = Duration::from_millis(20);
        let _held = store.lock().await.unwrap();
        assert!(matches!(other.lock().await, Err(StoreError::Busy { .. })));

        symlink("circle", machine.path("circle")).unwrap();
        let circle = store_at(&machine.path("circle"), machine.user());
        let error = circle.load().await.unwrap_err().to_string();
        assert!(error.contains("circle"), "{error}");
        assert!(circle.health().await.writable.is_err());
    }

    #[tokio::test]
    async fn a_key_that_others_can_read_is_refused() {
        let machine = Machine::new();
        put(&machine.store(machine.user()), &values())
            .await
            .unwrap();
        for (mode, refused) in [
            (0o600, false),
            (0o400, false),
            (0o640, true),
            (0o604, true),
            (0o620, true),
        ] {
            set_mode(&machine.path("data/key"), mode);
            let loaded = machine.store(machine.user()).load().await;
            assert_eq!(loaded.is_err(), refused, "{mode:o}");
            if let Err(error) = loaded {
                assert!(
                    error.to_string().contains(&format!("mode 0{mode:o}")),
                    "{error}"
                );
                assert!(error.hint().starts_with("chmod 600 "), "{}", error.hint());
            }
        }
        // It is not used for sealing either, nor replaced.
        let with_secret = Openers {
            client_secret: secret(SECRETS[0]),
            ..machine.user()
        };
        let key = fs::read(machine.path("data/key")).unwrap();
        put(&machine.store(with_secret), &values()).await.unwrap();
        assert_eq!(fs::read(machine.path("data/key")).unwrap(), key);
    }

    /// Permissions do not bind the superuser, who runs many a CI.
    fn is_bound(folder: &Path) -> bool {
        fs::write(folder.join("probe"), "").is_err()
    }

    #[tokio::test]
    async fn permissions_are_told_apart() {
        let machine = Machine::new();
        let store = machine.store(machine.user());
        put(&store, &values()).await.unwrap();
        let folder = machine.path("data/acme");
        set_mode(&folder, 0o500);
        if is_bound(&folder) {
            let locked = store.lock().await.unwrap();
            let error = locked.check_writable().await.unwrap_err();
            assert!(matches!(error, StoreError::Unwritable { .. }), "{error:?}");
            assert!(store.load().await.is_ok());
        }
        set_mode(&folder, 0o700);
        let _ = fs::remove_file(folder.join("probe"));
        set_mode(&machine.file(), 0o400);
        if is_bound(&machine.file())
            && fs::OpenOptions::new()
                .append(true)
                .open(machine.file())
                .is_err()
        {
            let error = store
                .lock()
                .await
                .unwrap()
                .check_writable()
                .await
                .unwrap_err();
            assert!(matches!(error, StoreError::Unwritable { .. }), "{error:?}");
            set_mode(&machine.file(), 0o000);
            let error = store.load().await.unwrap_err();
            assert!(matches!(error, StoreError::Unreadable { .. }), "{error:?}");
        }
    }
}
