//! Prometheus' own text format (0.0.4) from that of `OpenMetrics`: whoever does not ask for the newer
//! one gets the older.

use std::fmt::Write;

/// A family's name there carries the suffix of its samples, an info is a gauge, and there are no
/// units and no end mark.
pub(super) fn plain(open: &str) -> String {
    let mut plain = String::with_capacity(open.len());
    let mut kind = "";
    let lines: Vec<&str> = open.lines().collect();
    for (number, line) in lines.iter().enumerate() {
        let mut words = line.splitn(4, ' ');
        let is_comment = words.next() == Some("#");
        let (what, name, rest) = (words.next(), words.next(), words.next().unwrap_or_default());
        let (Some(what), Some(name), true) = (what, name, is_comment) else {
            if *line != "# EOF" {
                plain.push_str(line);
                plain.push('\n');
            }
            continue;
        };
        if what == "HELP" {
            // The type decides the name and stands in the line after.
            kind =
                lines.get(number + 1).and_then(|next| next.rsplit(' ').next()).unwrap_or_default();
        }
        let (suffix, shown) = match kind {
            "counter" => ("_total", "counter"),
            "info" => ("_info", "gauge"),
            other => ("", other),
        };
        let text = if what == "TYPE" { shown } else { rest.trim_end_matches('.') };
        if what != "UNIT" {
            // Writing to a String cannot fail.
            let _ = writeln!(plain, "# {what} {name}{suffix} {text}");
        }
    }
    plain
}
