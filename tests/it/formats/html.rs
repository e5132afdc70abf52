//! The page of `--format html`, and that its own script is the one that it allows.

use std::process::Command;

use super::command::{NOWHERE, done};

#[test]
fn a_page_allows_its_own_script_alone() {
    let folder = tempfile::tempdir().unwrap();
    let sql = "SELECT '<script>alert(1)</script>' AS status, 3 AS n";
    done(
        folder.path(),
        &["--connect", NOWHERE, "-o", "a.html", "-c", sql],
    );
    let page = std::fs::read_to_string(folder.path().join("a.html")).unwrap();
    let (_, script) = page.split_once("<script>").unwrap();
    let (script, _) = script.split_once("</script>").unwrap();
    std::fs::write(folder.path().join("script.js"), script).unwrap();
    let code = "import base64, hashlib, sys; \
                print(base64.b64encode(hashlib.sha256(open(sys.argv[1], 'rb').read()).digest()).decode())";
    let hash = Command::new("python3")
        .args(["-c", code])
        .arg(folder.path().join("script.js"))
        .output()
        .unwrap();
    let hash = String::from_utf8(hash.stdout).unwrap();
    assert!(
        hash.trim().len() == 44 && page.contains(&format!("script-src 'sha256-{}'", hash.trim())),
        "{hash}"
    );
    assert!(page.contains("default-src 'none'"));
}
