//! `dateline clean` and `dateline score pages` as a user calls them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use dateline_record::{CleanStory, read};

fn dateline(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dateline")).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Two stories: one with furniture and a tag in its words, one plain.
fn write_stories(folder: &Path) -> [String; 2] {
    let path = |name: &str| folder.join(name).display().to_string();
    let first = "Japan sanctions Russia\n\nJapan sanctions Russia\n\n\
                 TOKYO, Oct 7 (Example Wire) - Japan imposed sanctions on Russia on Tuesday.\n\n\
                 A spokesman wrote <script>alert(1)</script> & left, officials said later that day.\n";
    fs::write(path("one.txt"), first).unwrap();
    fs::write(path("two.txt"), "France\n\nFrance and Germany signed an agreement on trade.\n")
        .unwrap();
    [path("one.txt"), path("two.txt")]
}

#[test]
fn many_files_give_a_record_a_line_and_a_bad_one_holds_up_none() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two] = write_stories(folder.path());
    let output = dateline(&["clean", "--jsonl", &one, "no-such-file", &two]);
    assert_eq!(output.status.code(), Some(1), "a file that is missing is told");
    assert!(text(&output.stderr).contains("no-such-file"), "{}", text(&output.stderr));
    let lines = text(&output.stdout);
    let titles: Vec<String> = lines
        .lines()
        .map(|line| read::<CleanStory>(line.as_bytes()).unwrap())
        .inspect(|story| assert!(story.signature.is_some(), "{} is signed", story.title))
        .map(|story| story.title)
        .collect();
    assert_eq!(titles, ["Japan sanctions Russia", "France"]);
}

#[test]
fn every_block_is_shown_with_its_fate() {
    let folder = tempfile::tempdir().unwrap();
    let [one, _] = write_stories(folder.path());
    let output = dateline(&["clean", "--explain", &one]);
    let lines = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let fates: Vec<&str> = lines
        .lines()
        .filter(|line| line.starts_with("kept") || line.starts_with("dropped"))
        .map(|line| line[..24].trim_end())
        .collect();
    assert_eq!(fates, ["dropped repeated_title", "kept", "kept"], "{lines}");
    assert!(lines.contains("dateline                 TOKYO, Oct 7 (Example Wire) -"), "{lines}");
}

#[test]
fn the_page_escapes_texts_and_loads_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two] = write_stories(folder.path());
    let page = folder.path().join("page.html");
    let output = dateline(&["clean", &one, &two, "--html", &page.display().to_string()]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let html = fs::read_to_string(page).unwrap();
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; left"), "{html}");
    for active in ["<script", "<img", "<link", "src=", "href=", "url("] {
        assert!(!html.contains(active), "{active} in {html}");
    }
    let count = |class: &str| html.matches(&format!("<p class=\"{class}\">")).count();
    assert_eq!((count("kept"), count("dropped")), (3, 1), "{html}");
}

#[test]
fn pages_are_scored_and_written_for_other_scorers() {
    let folder = tempfile::tempdir().unwrap();
    let paragraphs = [
        "France and Germany signed an agreement on trade in Paris on Monday, officials said.",
        "The agreement was welcomed by the European Union, a spokesman said in Brussels later.",
        "Both parliaments are to vote on the agreement before the end of the year, he added.",
    ];
    let tagged: Vec<String> =
        paragraphs.iter().map(|text| ["<p>", text, "</p>"].concat()).collect();
    let body = tagged.concat();
    let html = format!(
        "<html><head><title>Trade</title></head><body><article><h1>Trade</h1>{body}</article></body></html>"
    );
    fs::write(folder.path().join("page.html"), html).unwrap();
    let gold = serde_json::json!({"id": "1", "set": "own", "page": "page.html", "url": "",
        "candidates": [{"paragraphs": paragraphs, "title": "Trade"}]});
    let (gold_path, out) = (folder.path().join("gold.jsonl"), folder.path().join("out.jsonl"));
    fs::write(&gold_path, format!("{gold}\n")).unwrap();
    let [gold_path, out] = [gold_path, out].map(|path| path.display().to_string());
    let output = dateline(&["score", "pages", &gold_path, "--predictions", &out]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let expected = "own: pages 1  body F1 1.000 (P 1.000 R 1.000)  paragraph F1 1.000  stories exact 1.000\n    \
                    title: accuracy 1.000  precision 1.000  n 1\n";
    assert_eq!(text(&output.stdout), expected);
    let line: serde_json::Value = serde_json::from_str(&fs::read_to_string(out).unwrap()).unwrap();
    assert_eq!(line["paragraphs"].as_array().unwrap().len(), 3);
}
