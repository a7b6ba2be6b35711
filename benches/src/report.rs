//! What was measured, as a table for people and as JSON for programs. Pure.

mod goal;
mod table;

use serde_json::{Value, json};

use crate::statistics::median;
pub(crate) use goal::Goal;
pub(crate) use table::Table;

/// A figure that a phase measures.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Metric {
    pub(crate) name: &'static str,
    /// Digits behind the point in the table.
    pub(crate) digits: usize,
    /// Whether its ratio to another server's says anything.
    pub(crate) is_compared: bool,
}

impl Metric {
    /// How much of its core the server used. Below [`FULL`] the cell is marked: the client was the limit, or others used
    /// the machine.
    pub(crate) const CORE_USED: Self = Self { name: "core used", digits: 2, is_compared: false };
}

/// A core that has nothing more to give.
const FULL: f64 = 0.97;

/// The name by which ratios are formed, unless the phase says otherwise.
const BASE: &str = "nginx";

/// Whose goals they are.
const OURS: &str = "Spokecast";

/// The results of one phase: rows in the order in which they first came, one figure a metric and round.
#[derive(Debug)]
pub(crate) struct Results {
    pub(crate) phase: &'static str,
    pub(crate) title: String,
    pub(crate) metrics: &'static [Metric],
    base: &'static str,
    goals: &'static [Goal],
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    case: String,
    server: &'static str,
    /// One list of figures for each metric, one figure a round.
    rounds: Vec<Vec<f64>>,
}

impl Results {
    pub(crate) fn new(phase: &'static str, title: impl Into<String>, metrics: &'static [Metric]) -> Self {
        Self { phase, title: title.into(), metrics, base: BASE, goals: &[], rows: Vec::new() }
    }

    /// Ratios are to this server.
    pub(crate) fn beside(self, base: &'static str) -> Self {
        Self { base, ..self }
    }

    /// What Spokecast is to reach, which is shown with its figures.
    pub(crate) fn with_goals(self, goals: &'static [Goal]) -> Self {
        Self { goals, ..self }
    }

    /// Adds one round of a server. `figures` are in the order of the metrics.
    pub(crate) fn add(&mut self, case: &str, server: &'static str, figures: &[f64]) {
        debug_assert_eq!(figures.len(), self.metrics.len(), "one figure a metric");
        let place = self.rows.iter().position(|row| row.case == case && row.server == server);
        let place = place.unwrap_or_else(|| {
            let rounds = vec![Vec::new(); self.metrics.len()];
            self.rows.push(Row { case: case.to_owned(), server, rounds });
            self.rows.len() - 1
        });
        for (rounds, figure) in self.rows[place].rounds.iter_mut().zip(figures) {
            rounds.push(*figure);
        }
    }

    /// Cases below each other, their servers side by side in rows, with ratios to the base in parentheses.
    pub(crate) fn table(&self) -> Table {
        let mut cases: Vec<&str> = Vec::new();
        for row in &self.rows {
            if !cases.contains(&row.case.as_str()) {
                cases.push(&row.case);
            }
        }
        let mut table = Table::new(["", "server"].into_iter().chain(self.metrics.iter().map(|m| m.name)));
        for case in cases {
            let base = self.rows.iter().find(|row| row.case == case && row.server == self.base);
            let of_case = self.rows.iter().filter(|row| row.case == case);
            for (number, row) in of_case.enumerate() {
                let name = if number == 0 { case } else { "" };
                let cells = (0..self.metrics.len()).map(|at| self.cell(row, base, at));
                table.row([name.to_owned(), row.server.to_owned()].into_iter().chain(cells));
            }
        }
        table
    }

    fn cell(&self, row: &Row, base: Option<&Row>, at: usize) -> String {
        let metric = self.metrics[at];
        let Some(middle) = row.middle(at) else { return "–".to_owned() };
        let mut figure = table::grouped(middle, metric.digits);
        if metric.name == Metric::CORE_USED.name && middle < FULL {
            figure.push_str(" not full");
        }
        let base = base.and_then(|base| base.middle(at)).filter(|base| *base > 0.0);
        let ratio = base.filter(|_| metric.is_compared && row.server != self.base);
        let ratio = ratio.map(|base| format!("×{:.2}", middle / base));
        let notes: Vec<String> = ratio.into_iter().chain(self.goal(row, at).map(Goal::text)).collect();
        if notes.is_empty() { figure } else { format!("{figure} ({})", notes.join(", ")) }
    }

    fn goal(&self, row: &Row, at: usize) -> Option<&Goal> {
        let is_of = |goal: &&Goal| goal.case == row.case && goal.metric == self.metrics[at].name;
        self.goals.iter().find(is_of).filter(|_| row.server == OURS)
    }

    /// Every round of every figure, with medians and ratios.
    pub(crate) fn json(&self) -> Value {
        let rows = self.rows.iter().map(|row| {
            let base = self.rows.iter().find(|other| other.case == row.case && other.server == self.base);
            let figures = self.metrics.iter().enumerate().map(|(at, metric)| {
                let ratio = row.middle(at).zip(base.and_then(|base| base.middle(at)));
                let ratio = ratio.filter(|(_, base)| *base > 0.0).map(|(middle, base)| middle / base);
                let ratio_to = format!("ratio_to_{}", self.base.to_lowercase());
                let goal = self.goal(row, at).map(Goal::text);
                let figure = json!({
                    "median": row.middle(at), ratio_to: ratio, "goal": goal, "rounds": row.rounds[at]
                });
                (metric.name.to_owned(), figure)
            });
            let figures: serde_json::Map<String, Value> = figures.collect();
            json!({ "case": row.case, "server": row.server, "figures": figures })
        });
        json!({ "phase": self.phase, "title": self.title, "rows": rows.collect::<Vec<_>>() })
    }
}

impl Row {
    fn middle(&self, at: usize) -> Option<f64> {
        median(&self.rounds[at]).filter(|middle| middle.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const METRICS: &[Metric] = &[
        Metric { name: "requests/s", digits: 0, is_compared: true },
        Metric { name: "errors", digits: 0, is_compared: false },
    ];

    fn results() -> Results {
        let mut results = Results::new("hits", "Hits", METRICS);
        for (nginx, ours) in [(1000.0, 1500.0), (3000.0, 3000.0), (2000.0, 2500.0)] {
            results.add("4 KiB", "nginx", &[nginx, 0.0]);
            results.add("4 KiB", "Spokecast", &[ours, 0.0]);
        }
        results
    }

    #[test]
    fn a_table_shows_medians_and_ratios_of_the_same_case() {
        let text = results().table().to_string();
        let rows: Vec<&str> = text.lines().collect();
        assert!(rows[2].contains("4 KiB") && rows[2].contains("2,000 ") && !rows[2].contains('×'), "{text}");
        assert!(rows[3].contains("Spokecast") && rows[3].contains("2,500 (×1.25)"), "{text}");
    }

    #[test]
    fn goals_and_cores_that_are_not_full_are_shown_with_the_figures() {
        const METRICS: &[Metric] =
            &[Metric { name: "requests/s", digits: 0, is_compared: true }, Metric::CORE_USED];
        const GOALS: &[Goal] = &[Goal::at_least("4 KiB", "requests/s", 4.6)];
        let mut results = Results::new("http3", "HTTP/3", METRICS).beside("Caddy").with_goals(GOALS);
        for case in ["4 KiB", "64 KiB"] {
            results.add(case, "Caddy", &[1000.0, 0.99]);
            results.add(case, "Spokecast", &[5000.0, 0.96]);
        }
        let text = results.table().to_string();
        let rows: Vec<&str> = text.lines().collect();
        assert!(!rows[2].contains("goal") && !rows[2].contains("not full"), "{text}");
        assert!(
            rows[3].contains("5,000 (×5.00, goal ≥ ×4.60)") && rows[3].contains("0.96 not full"),
            "{text}"
        );
        assert!(rows[5].contains("5,000 (×5.00)"), "{text}");
        let figure = &results.json()["rows"][1]["figures"]["requests/s"];
        assert_eq!(figure["ratio_to_caddy"], 5.0);
        assert_eq!(figure["goal"], "goal ≥ ×4.60");
    }

    #[test]
    fn what_could_not_be_measured_is_a_dash() {
        let mut results = results();
        results.add("1 MiB", "Spokecast", &[f64::NAN, 5.0]);
        assert!(results.table().to_string().lines().last().unwrap().contains('–'));
    }

    #[test]
    fn json_keeps_every_round() {
        let json = results().json();
        let figure = &json["rows"][1]["figures"]["requests/s"];
        assert_eq!(figure["rounds"], json!([1500.0, 3000.0, 2500.0]));
        assert_eq!(figure["median"], 2500.0);
        assert_eq!(figure["ratio_to_nginx"], 1.25);
    }
}
