//! The screen of `dateline top`.

use ratatui::{
    Frame,
    layout::{Constraint, Layout},
    style::{Color, Modifier, Style},
    text::Line,
    widgets::{Cell, Row as Cells, Table},
};

use super::{Row, Sample};
use crate::operate::span;

/// A record that waits for longer is shown in red.
const LATE_MS: i64 = 5_000;

/// Draws a sample.
pub(super) fn draw(frame: &mut Frame<'_>, sample: &Sample) {
    let [head, body, foot] =
        Layout::vertical([Constraint::Length(2), Constraint::Min(8), Constraint::Length(1)])
            .areas(frame.area());
    frame.render_widget(Line::from(format!("dateline top   {}", sample.at)), head);
    let titles = ["stage", "reads", "records/s", "waiting", "oldest", "dead letters, 1 h"];
    let widths = [
        Constraint::Length(17),
        Constraint::Length(22),
        Constraint::Length(10),
        Constraint::Length(9),
        Constraint::Length(9),
        Constraint::Length(17),
    ];
    let rows = sample.stages.iter().map(cells);
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let table = Table::new(rows, widths).header(Cells::new(titles).style(bold));
    frame.render_widget(table, body);
    frame.render_widget(Line::from("q ends"), foot);
}

fn cells(row: &Row) -> Cells<'static> {
    let warn = |is_bad: bool| {
        if is_bad { Style::new().fg(Color::Red) } else { Style::new() }
    };
    let rate = row.rate_per_s.map_or("-".to_owned(), |rate| format!("{rate:.1}"));
    let oldest = row.oldest_ms.map_or("-".to_owned(), span);
    let is_late = row.oldest_ms.is_some_and(|oldest| oldest > LATE_MS);
    Cells::new([
        Cell::from(row.stage),
        Cell::from(row.topic),
        Cell::from(format!("{rate:>9}")),
        Cell::from(format!("{:>8}", row.lag)),
        Cell::from(format!("{oldest:>8}")).style(warn(is_late)),
        Cell::from(format!("{:>16}", row.dead_letters)).style(warn(row.dead_letters > 0)),
    ])
}

#[cfg(test)]
mod tests {
    use dateline_record::Timestamp;
    use ratatui::{Terminal, backend::TestBackend};

    use super::*;

    #[test]
    fn a_sample_stands_on_the_screen() {
        let row = |stage, rate_per_s, lag, oldest_ms, dead_letters| Row {
            stage,
            topic: "dateline.raw.v1",
            rate_per_s,
            lag,
            oldest_ms,
            dead_letters,
        };
        let stages =
            vec![row("cleaner", Some(12.5), 340, Some(61_300), 2), row("sink", None, 0, None, 0)];
        let sample = Sample { at: Timestamp::from_millis(0), stages };
        let mut terminal = Terminal::new(TestBackend::new(90, 12)).unwrap();
        terminal.draw(|frame| draw(frame, &sample)).unwrap();
        let shown = terminal.backend().to_string();
        let check = |words: &[&str]| {
            let line = shown.lines().find(|line| words.iter().all(|word| line.contains(word)));
            assert!(line.is_some(), "{words:?} not in one line of\n{shown}");
        };
        check(&["stage", "records/s", "waiting", "oldest", "dead letters"]);
        check(&["cleaner", "12.5", "340", "61.3 s", " 2"]);
        check(&["sink", "-", " 0"]);
    }
}
