//! Tests of the files of a replay, which can be cut short between any two steps.

use std::fs;
use std::path::{Path, PathBuf};

use crate::delivery::dead_letters::reader::{Line, Position};
use crate::delivery::dead_letters::replay_files::{ReplayFile, ReplayFiles};

/// The number of letters after which the progress is recorded.
const GROUP: usize = 3;

fn letter(id: &str) -> String {
    format!(
        r#"{{"reason":"rejected","event":{{"type":"track","messageId":"{id}","timestamp":"2026-01-02T03:04:05Z","userId":"u","event":"E","properties":{{}}}}}}"#
    )
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Writes a file with letters and damaged lines. The last line has no line break.
fn write_letters(path: &Path) -> Vec<String> {
    let ids: Vec<_> = (0..8).map(|n| format!("id{n}")).collect();
    let mut text = String::from("damaged 0\n");
    for id in &ids {
        text += &letter(id);
        text += "\n";
        if ["id1", "id4", "id5"].contains(&id.as_str()) {
            text.extend(["damaged after ", id, "\n"]);
        }
    }
    text += "\ndamaged at the end";
    fs::write(path, text).unwrap();
    ids
}

/// A replay that ends without warning after a number of steps.
struct Replay {
    steps_left: usize,
    sent: Vec<String>,
    /// The file that the latest step appended to.
    written: Option<PathBuf>,
}

/// The replay was cut short.
#[derive(Debug)]
struct Cut;

impl Replay {
    fn step(&mut self, written: Option<PathBuf>) -> Result<(), Cut> {
        self.written = written;
        self.steps_left = self.steps_left.checked_sub(1).ok_or(Cut)?;
        Ok(())
    }

    fn run(&mut self, path: &Path) -> Result<(), Cut> {
        for mut file in ReplayFiles::claim(path).unwrap().into_files() {
            self.step(None)?;
            self.replay(path, &mut file)?;
            file.remove().unwrap();
        }
        Ok(())
    }

    fn replay(&mut self, path: &Path, file: &mut ReplayFile) -> Result<(), Cut> {
        let mut group = Vec::new();
        let mut reader = file.unread().unwrap();
        while let Some(line) = reader.next_line().unwrap() {
            match line {
                Line::Blank => {}
                Line::Damaged { bytes, ends } => {
                    file.move_damaged(&bytes, ends).unwrap();
                    self.step(Some(with_suffix(path, ".damaged")))?;
                }
                Line::DeadLetter(letter) => {
                    group.push((reader.start(), letter.id.clone()));
                    self.sent.push(letter.id);
                    self.step(None)?;
                }
            }
            if group.len() >= GROUP {
                self.end_group(path, file, &mut group, reader.position())?;
            }
        }
        self.end_group(path, file, &mut group, reader.position())
    }

    /// Records the progress. The letters with odd numbers are kept.
    fn end_group(
        &mut self,
        path: &Path,
        file: &mut ReplayFile,
        group: &mut Vec<(u64, String)>,
        read_to: Position,
    ) -> Result<(), Cut> {
        for (position, id) in group.drain(..) {
            if id.ends_with(['1', '3', '5', '7']) {
                file.move_kept(position).unwrap();
                self.step(Some(with_suffix(path, ".kept")))?;
            }
        }
        file.record(read_to, Vec::new()).unwrap();
        self.step(Some(with_suffix(path, ".replaying-0.progress")))
    }
}

fn replay(path: &Path, steps_left: usize) -> (Replay, Result<(), Cut>) {
    let mut replay = Replay {
        steps_left,
        sent: Vec::new(),
        written: None,
    };
    let result = replay.run(path);
    (replay, result)
}

fn assert_replayed(path: &Path) {
    let damaged = fs::read_to_string(with_suffix(path, ".damaged")).unwrap();
    assert_eq!(
        damaged,
        "earlier\ndamaged 0\ndamaged after id1\ndamaged after id4\ndamaged after id5\n\
         damaged at the end\n"
    );
    let kept = fs::read_to_string(with_suffix(path, ".kept")).unwrap();
    let expected: String = ["id1", "id3", "id5", "id7"]
        .map(|id| letter(id) + "\n")
        .concat();
    assert_eq!(kept, expected);
    for suffix in ["", ".replaying-0", ".replaying-0.progress"] {
        assert!(!with_suffix(path, suffix).exists(), "{suffix}");
    }
}

#[test]
fn a_replay_that_is_cut_after_any_step_is_continued() {
    let mut cuts = 0;
    // Each step is also cut in the middle of what it writes.
    for (steps, torn) in (0..1_000).flat_map(|steps| [(steps, 0), (steps, 1), (steps, 5)]) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("letters.jsonl");
        let ids = write_letters(&path);
        fs::write(with_suffix(&path, ".damaged"), "earlier\n").unwrap();
        let (first, result) = replay(&path, steps);
        if result.is_ok() {
            break;
        }
        cuts += 1;
        if let Some(written) = first.written.filter(|_| torn > 0) {
            let file = fs::OpenOptions::new().write(true).open(written).unwrap();
            let len = file.metadata().unwrap().len();
            file.set_len(len - torn).unwrap();
        }
        let (second, result) = replay(&path, usize::MAX);
        result.unwrap();
        assert_replayed(&path);
        let mut sent = [first.sent, second.sent].concat();
        assert!(sent.len() <= ids.len() + GROUP, "{steps}: {sent:?}");
        sent.sort();
        sent.dedup();
        assert_eq!(sent, ids);
    }
    assert!(cuts > 3 * 15, "{cuts}");
}

#[test]
fn progress_about_another_file_is_ignored() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("letters.jsonl");
    let ids = write_letters(&path);
    let (first, _) = replay(&path, 8);
    assert!(first.sent.len() > GROUP);
    // The file was edited: a line was removed from it.
    let claimed = with_suffix(&path, ".replaying-0");
    let text = fs::read_to_string(&claimed).unwrap();
    fs::write(&claimed, text.replace("damaged 0\n", "")).unwrap();
    let (second, result) = replay(&path, usize::MAX);
    result.unwrap();
    assert_eq!(second.sent, ids);
    // The file was deleted, and its progress remained.
    write_letters(&path);
    let (_, result) = replay(&path, 8);
    result.unwrap_err();
    fs::remove_file(&claimed).unwrap();
    write_letters(&path);
    let (third, result) = replay(&path, usize::MAX);
    result.unwrap();
    assert_eq!(third.sent, ids);
}

#[test]
fn files_of_interrupted_replays_are_replayed_even_if_an_earlier_one_is_missing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("letters.jsonl");
    fs::write(with_suffix(&path, ".replaying-2"), letter("a")).unwrap();
    fs::write(with_suffix(&path, ".replaying-5"), letter("b") + "\n").unwrap();
    fs::write(&path, letter("c")).unwrap();
    let (done, result) = replay(&path, usize::MAX);
    result.unwrap();
    assert_eq!(done.sent, ["a", "b", "c"]);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn only_one_replay_at_a_time_claims_the_files() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("letters.jsonl");
    write_letters(&path);
    let first = ReplayFiles::claim(&path).unwrap();
    for _ in 0..2 {
        let error = ReplayFiles::claim(&path).unwrap_err();
        assert!(
            error.to_string().contains("already being replayed"),
            "{error}"
        );
        // New letters are not claimed either. They would replace the file that is being replayed.
        write_letters(&path);
    }
    drop(first);
    assert_eq!(ReplayFiles::claim(&path).unwrap().into_files().count(), 2);
}

#[test]
fn what_is_not_a_file_is_not_renamed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("letters.jsonl");
    fs::create_dir(&path).unwrap();
    let error = ReplayFiles::claim(&path).unwrap_err();
    assert!(error.to_string().contains("is not a file"), "{error}");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn lines_are_moved_to_a_file_that_another_process_replays() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("letters.jsonl");
    let kept = with_suffix(&path, ".kept");
    fs::write(&path, [letter("a"), letter("b")].join("\n")).unwrap();
    let mut files = ReplayFiles::claim(&path).unwrap().into_files();
    let mut file = files.next().unwrap();
    file.move_kept(0).unwrap();
    // The other process deletes the file after it has read it.
    let claimed = ReplayFiles::claim(&kept).unwrap();
    file.move_kept(letter("a").len() as u64 + 1).unwrap();
    assert_eq!(fs::read_to_string(&kept).unwrap(), letter("b") + "\n");
    for mut file in claimed.into_files() {
        // Letters that are kept again go back to the same file.
        file.move_kept(0).unwrap();
    }
    assert_eq!(
        fs::read_to_string(&kept).unwrap(),
        letter("b") + "\n" + &letter("a") + "\n"
    );
}

#[test]
fn a_moved_line_does_not_continue_an_incomplete_one() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("letters.jsonl");
    let kept = with_suffix(&path, ".kept");
    fs::write(&path, [letter("a"), letter("b")].join("\n")).unwrap();
    let mut file = ReplayFiles::claim(&path)
        .unwrap()
        .into_files()
        .next()
        .unwrap();
    file.move_kept(0).unwrap();
    drop(file);
    // The disk was full, so only a part of the line was written.
    let line = letter("a");
    let part = &line[..line.len() - 10];
    fs::write(&kept, part).unwrap();
    // The next replay keeps another letter.
    let mut file = ReplayFiles::claim(&path)
        .unwrap()
        .into_files()
        .next()
        .unwrap();
    file.move_kept(letter("a").len() as u64 + 1).unwrap();
    let expected = format!("{part}\n{}\n", letter("b"));
    assert_eq!(fs::read_to_string(&kept).unwrap(), expected);
}
