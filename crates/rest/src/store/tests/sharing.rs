//! Many at once: nothing is lost, nobody waits for ever.

use std::sync::Barrier;
use std::thread;

use super::*;

fn count(values: Option<&Stored>) -> u64 {
    let text = values.and_then(|values| values.scope.as_deref());
    text.map_or(0, |text| text.parse().unwrap())
}

/// Adds one to a number that is kept in the values, as a renewal replaces a token.
async fn increment(store: &Store) -> u64 {
    let mut locked = store.lock().await.unwrap();
    let found = locked.load().await.unwrap();
    let next = Stored {
        scope: Some((count(found.as_ref()) + 1).to_string()),
        ..values()
    };
    tokio::task::yield_now().await;
    locked.save(&next).await.unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap()
}

#[test]
fn twenty_renewals_at_once_lose_nothing() {
    let machine = Machine::new();
    let memory = MemoryStores::default();
    let here = Location::Memory("here".to_owned());
    for location in [Location::File(machine.file()), here] {
        let start = Barrier::new(20);
        thread::scope(|scope| {
            for _ in 0..20 {
                // Stores of their own share nothing but the file, as processes do.
                let store = Store::new(location.clone(), machine.user(), memory.clone());
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    runtime().block_on(async {
                        for _ in 0..5 {
                            increment(&store).await;
                        }
                    });
                });
            }
        });
        let store = Store::new(location.clone(), machine.user(), memory.clone());
        let end = runtime().block_on(store.load()).unwrap().unwrap();
        assert_eq!(
            (count(Some(&end)), end.generation),
            (100, 100),
            "{location}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_of_one_process_take_turns_too() {
    let machine = Machine::new();
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let store = machine.store(machine.user());
            tokio::spawn(async move { increment(&store).await })
        })
        .collect();
    let mut generations = Vec::new();
    for task in tasks {
        generations.push(task.await.unwrap());
    }
    generations.sort_unstable();
    assert_eq!(generations, (1..=20).collect::<Vec<u64>>());
}

#[test]
fn readers_see_whole_files_only() {
    let machine = Machine::new();
    let store = machine.store(machine.user());
    runtime().block_on(increment(&store));
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            runtime().block_on(async {
                for _ in 0..40 {
                    increment(&store).await;
                }
            });
        });
        let mut last = 0;
        while !writer.is_finished() {
            let seen = runtime().block_on(store.load()).unwrap().unwrap();
            assert_eq!(count(Some(&seen)), seen.generation);
            assert!(seen.generation >= last);
            last = seen.generation;
        }
    });
}

#[test]
fn processes_that_start_together_agree_on_one_key() {
    let machine = Machine::new();
    let path = machine.path("new/key");
    let start = Barrier::new(16);
    let keys: Vec<Vec<u8>> = thread::scope(|scope| {
        let make = || {
            start.wait();
            super::super::key_file::ensure(&path).unwrap();
            super::super::key_file::read(&path).unwrap().to_vec()
        };
        let makers: Vec<_> = (0..16).map(|_| scope.spawn(make)).collect();
        makers
            .into_iter()
            .map(|maker| maker.join().unwrap())
            .collect()
    });
    assert!(keys.iter().all(|key| *key == keys[0]));
    assert_eq!(names(&machine.path("new")), ["key"]);
}

#[tokio::test]
async fn waiting_ends() {
    let machine = Machine::new();
    let memory = MemoryStores::default();
    let named = machine.file().display().to_string() + ".lock";
    for (location, lock) in [
        (Location::File(machine.file()), named.as_str()),
        (Location::Memory("m".to_owned()), "memory://m"),
    ] {
        let mut store = Store::new(location, machine.user(), memory.clone());
        store.patience = Duration::from_millis(50);
        let held = store.lock().await.unwrap();
        let error = store.lock().await.unwrap_err();
        assert!(matches!(error, StoreError::Busy { .. }), "{error:?}");
        assert!(error.to_string().contains(lock), "{error}");
        // Who gives up waiting leaves nothing behind, and who lets go lets the next one in.
        store.patience = Duration::from_secs(60);
        let given_up = tokio::time::timeout(Duration::from_millis(30), store.lock()).await;
        assert!(given_up.is_err());
        let next = tokio::spawn(async move { store.lock().await.map(drop) });
        tokio::time::sleep(Duration::from_millis(10)).await;
        drop(held);
        next.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn what_changed_meanwhile_is_not_overwritten() {
    let machine = Machine::new();
    let memory = MemoryStores::default();
    for location in [
        Location::File(machine.file()),
        Location::Memory("m".to_owned()),
    ] {
        let store = Store::new(location, machine.user(), memory.clone());
        // Not loaded under the lock: the values' own generation counts.
        let mut locked = store.lock().await.unwrap();
        assert_eq!(locked.save(&values()).await, Ok(1));
        assert_eq!(locked.save(&values()).await, Ok(2));
        drop(locked);
        let mut locked = store.lock().await.unwrap();
        let error = locked.save(&values()).await.unwrap_err();
        let expected = StoreError::Changed {
            location: store.location().to_string(),
            expected: 0,
            found: 2,
        };
        assert_eq!(error, expected);
        assert_eq!(store.load().await.unwrap().unwrap().generation, 2);
        let fresh = Stored {
            generation: 2,
            ..values()
        };
        assert_eq!(locked.save(&fresh).await, Ok(3));
        locked.load().await.unwrap();
        assert_eq!(locked.save(&values()).await, Ok(4));
    }

    // Somebody who ignores the lock puts another file in place.
    let store = machine.store(machine.user());
    let old = fs::read(machine.file()).unwrap();
    put(&store, &values()).await.unwrap();
    let mut locked = store.lock().await.unwrap();
    locked.load().await.unwrap();
    fs::write(machine.file(), &old).unwrap();
    let error = locked.save(&values()).await.unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::Changed {
                expected: 5,
                found: 4,
                ..
            }
        ),
        "{error:?}"
    );
    fs::remove_file(machine.file()).unwrap();
    let error = locked.save(&values()).await.unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::Changed {
                expected: 5,
                found: 0,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(!machine.file().exists());
}

#[tokio::test]
async fn memory_is_shared_by_clones_only() {
    let memory = MemoryStores::default();
    let open = |name: &str, memory: &MemoryStores| {
        let location = Location::Memory(name.to_owned());
        Store::new(location, Openers::default(), memory.clone())
    };
    put(&open("a", &memory), &values()).await.unwrap();
    let loaded = open("a", &memory).load().await.unwrap().unwrap();
    let expected = Stored {
        generation: 1,
        ..values()
    };
    assert_eq!(told(&loaded), told(&expected));
    assert!(open("b", &memory).load().await.unwrap().is_none());
    assert!(
        open("a", &MemoryStores::default())
            .load()
            .await
            .unwrap()
            .is_none()
    );
    let printed = format!("{memory:?}");
    assert!(
        SECRETS.iter().all(|secret| !printed.contains(secret)),
        "{printed}"
    );
    let health = open("a", &memory).health().await;
    assert_eq!((health.exists, health.generation), (true, Some(1)));
    open("a", &memory)
        .lock()
        .await
        .unwrap()
        .delete()
        .await
        .unwrap();
    assert!(open("a", &memory).load().await.unwrap().is_none());
}

#[tokio::test]
async fn a_save_that_is_no_longer_awaited_still_completes_under_the_lock() {
    let machine = Machine::new();
    let store = machine.store(machine.user());
    let mut locked = store.lock().await.unwrap();
    locked.load().await.unwrap();
    let new = values();
    let save = locked.save(&new);
    let given_up = tokio::time::timeout(Duration::ZERO, save).await;
    drop(locked);
    // The lock is free only when the write is over.
    let mut locked = store.lock().await.unwrap();
    let found = locked.load().await.unwrap();
    assert_eq!(found.unwrap().generation, 1, "{given_up:?}");
}
