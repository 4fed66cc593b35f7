//! The program: its output and its exit codes.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

struct Program {
    folder: TempDir,
}

impl Program {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let program = Self { folder };
        program.write("tracking-plan.json", &plan("number").to_string());
        program
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_copilot-track-plan"));
        command.current_dir(self.folder.path()).args(arguments);
        command
    }

    /// Returns the exit code, stdout, and stderr.
    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        result(self.command(arguments).output().unwrap())
    }
}

fn result(output: Output) -> (i32, String, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

fn plan(price: &str) -> Value {
    json!({ "rules": [{
        "key": "Item Purchased", "type": "TRACK", "version": 1,
        "jsonSchema": { "properties": { "properties": {
            "properties": { "price": { "type": price } }, "required": ["price"],
        } } },
    }] })
}

const VALID: &str = r#"{"type":"track","event":"Item Purchased","properties":{"price":1.5}}"#;
const INVALID: &str =
    r#"{"type":"track","event":"Item Purchased","properties":{"price":"<1>","color":"red"}}"#;

#[test]
fn help_and_mistakes_in_arguments() {
    let program = Program::new();
    let (code, out, _) = program.run(&["--help"]);
    assert_eq!(code, 0);
    assert!(out.contains("Exit codes:"), "{out}");
    let (code, out, _) = program.run(&["-V"]);
    assert_eq!((code, out.starts_with("copilot-track-plan ")), (0, true));
    for (arguments, part) in [
        (&[][..], "expected a command"),
        (&["chekc"], "unknown command `chekc`"),
        (&["check"], "check events.jsonl"),
        (&["diff", "a"], "diff OLD NEW"),
        (&["scan"], "scan src"),
        (&["export", "a", "b"], "unexpected argument `b`"),
        (&["export", "--format", "yaml"], "invalid format `yaml`"),
        (&["diff", "--format", "rules"], "--format"),
        (&["export", "missing.json"], "missing.json"),
        (&["check", "missing.jsonl"], "missing.jsonl"),
        (&["scan", "missing"], "missing"),
    ] {
        let (code, _, error) = program.run(arguments);
        assert_eq!(code, 2, "{arguments:?}");
        assert!(error.contains(part), "{error}");
    }
    program.write(
        "broken.json",
        r#"{"rules":[{"key":"A","type":"TRACK","jsonSchema":{"type":"text"}}]}"#,
    );
    let (code, _, error) = program.run(&["export", "broken.json"]);
    assert_eq!(code, 2);
    assert!(
        error.contains("broken.json: rules[0].jsonSchema.type: invalid type `text`"),
        "{error}"
    );
}

#[test]
fn check_reports_findings_in_three_forms() {
    let program = Program::new();
    let raw = format!(r#"{{"receivedAt":"2025-01-01T00:00:00Z","raw":{VALID}}}"#);
    program.write(
        "good.jsonl",
        &format!("{VALID}\n\n{{\"batch\":[{VALID}]}}\n{raw}\n"),
    );
    let arguments = [
        "check",
        "good.jsonl",
        "--junit",
        "junit.xml",
        "--sarif",
        "report.sarif",
    ];
    let (code, out, _) = program.run(&arguments);
    assert_eq!((code, out.as_str()), (0, "3 calls, 0 findings\n"));
    assert!(program.read("junit.xml").contains("failures=\"0\""));

    program.write("bad.jsonl", &format!("{VALID}\n{INVALID}\nnot json\n"));
    let arguments = [
        "check",
        "bad.jsonl",
        "--junit",
        "junit.xml",
        "--sarif",
        "report.sarif",
    ];
    let (code, out, _) = program.run(&arguments);
    assert_eq!(code, 1);
    assert_eq!(
        out,
        "bad.jsonl:2: `Item Purchased`: `properties.price` is a string, but the plan says number [wrong-type Item Purchased: properties.price]\n\
         bad.jsonl:2: `Item Purchased`: `properties.color` is not in the plan [unplanned-property Item Purchased: properties.color]\n\
         bad.jsonl:3: the line is not JSON: expected ident at line 1 column 2 [not-a-call]\n\
         3 calls, 3 findings\n"
    );
    insta::assert_snapshot!("junit", program.read("junit.xml"));
    let report: Value = serde_json::from_str(&program.read("report.sarif")).unwrap();
    let result = &report["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "wrong-type");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "bad.jsonl");
    assert_eq!(place["region"]["startLine"], 2);
}

#[test]
fn accepted_findings_do_not_fail_the_check() {
    let program = Program::new();
    program.write(
        "accepted.txt",
        "# known\nwrong-type Item Purchased: properties.price\nunplanned-property Item Purchased: properties.color\n",
    );
    let mut command = program.command(&["check", "-", "--accept", "accepted.txt"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(INVALID.as_bytes())
        .unwrap();
    let (code, out, _) = result(child.wait_with_output().unwrap());
    assert_eq!(
        (code, out.as_str()),
        (0, "1 call, 0 findings, 2 accepted findings\n")
    );
}

#[test]
fn diff_fails_on_breaking_changes() {
    let program = Program::new();
    program.write("new.json", &plan("string").to_string());
    let (code, out, _) = program.run(&["diff", "tracking-plan.json", "new.json"]);
    assert_eq!(code, 1);
    assert!(
        out.starts_with(
            "Breaking:\n  `Item Purchased`: property `price` changed from number to string"
        ),
        "{out}"
    );
    let (code, out, _) = program.run(&["diff", "new.json", "new.json"]);
    assert_eq!(
        (code, out.as_str()),
        (0, "The plans have the same meaning.\n")
    );
}

#[test]
fn export_writes_each_format() {
    let program = Program::new();
    for (format, part) in [
        ("rules", "\"jsonSchema\": {"),
        ("updates", "\"jsonSchema\": {"),
        ("typewriter", "\"eventMetadata\": {"),
        ("markdown", "| `price` | number | yes |"),
    ] {
        let (code, out, _) = program.run(&["export", "--format", format]);
        assert_eq!(code, 0);
        assert!(out.contains(part), "{out}");
    }
    let rules: Vec<_> = (0..201)
        .map(|index| json!({ "key": format!("E{index}"), "type": "TRACK", "jsonSchema": {} }))
        .collect();
    program.write("large.json", &json!(rules).to_string());
    let (code, _, error) = program.run(&["export", "large.json", "--format", "updates"]);
    assert_eq!(code, 2);
    assert!(error.contains("2 updates"), "{error}");
    let arguments = [
        "export",
        "large.json",
        "--format=updates",
        "--output",
        "update.json",
    ];
    assert_eq!(program.run(&arguments).0, 0);
    let second: Value = serde_json::from_str(&program.read("update-2.json")).unwrap();
    assert_eq!(second["rules"].as_array().unwrap().len(), 1);
}

#[test]
fn rust_and_scan_are_inverse() {
    let program = Program::new();
    fs::create_dir(program.folder.path().join("src")).unwrap();
    let (code, _, notes) = program.run(&["rust", "--output", "src/events.rs"]);
    assert_eq!((code, notes.as_str()), (0, ""));
    let (code, out, found) = program.run(&["scan", "src"]);
    assert_eq!(code, 0);
    assert!(found.contains("src/events.rs:"), "{found}");
    assert!(
        found.contains("Item Purchased (derive, `ItemPurchased`)"),
        "{found}"
    );
    program.write("scanned.json", &out);
    let (code, out, _) = program.run(&["check", "good.jsonl", "--plan", "scanned.json"]);
    assert_eq!(code, 2, "{out}");
    program.write("good.jsonl", VALID);
    let (code, out, _) = program.run(&["check", "good.jsonl", "--plan", "scanned.json"]);
    assert_eq!(code, 0, "{out}");
}
