package quarter

import (
	"slices"

	"github.com/drillctl/drillctl/drill"
)

// A mapping says which runs can support a clause.
type mapping struct {
	Clause
	fits func(Run) bool
}

func finished(r Run) bool { return r.Record != nil }

// judged runs have an answer.
func judged(r Run) bool {
	return finished(r) && (r.Record.Verdict == drill.Pass || r.Record.Verdict == drill.Fail)
}

// switched runs took a whole region away.
func switched(r Run) bool {
	return judged(r) && slices.ContainsFunc(r.Record.Spec.Steps, func(s drill.StepSpec) bool { return s.TakesDown })
}

// reconciled runs looked at the data.
func reconciled(r Run) bool {
	return judged(r) && r.Record.Analysis.Ledger != nil && r.Record.Analysis.Ledger.Known
}

func restored(r Run) bool {
	return reconciled(r) && r.Record.Spec.Context != nil && r.Record.Spec.Context.Replication == "backup"
}

// mappings are worded as support: no report of a tool is compliance.
var mappings = []mapping{
	{Clause{"SOC 2", "A1.3", "the entity tests recovery plan procedures supporting system recovery to meet its objectives",
		"objectives fixed before each run, and what was achieved (fields 2 and 9)",
		"that the objectives are the entity's, that the plan is complete, or that people can carry it out without the tool", nil}, judged},
	{Clause{"SOC 2", "CC7.5", "the entity tests its incident-recovery plan periodically and improves it",
		"runs over time, findings with owner and date, retests (fields 14 and 15)", "the root cause of any real incident", nil}, judged},
	{Clause{"ISO/IEC 27001:2022", "A.5.30", "ICT readiness is planned, implemented, maintained and tested against continuity objectives",
		"tests against recovery time and point, with their resolution (field 9)", "the planning and the business impact analysis behind the objectives", nil}, judged},
	{Clause{"ISO/IEC 27001:2022", "A.8.14", "redundancy sufficient to meet availability requirements",
		"the loss of whole regions and what clients saw (fields 5, 9 and 11)", "failures of what no step touched: see the coverage", nil}, switched},
	{Clause{"ISO/IEC 27001:2022", "A.8.13", "backups are maintained and regularly tested",
		"restores whose data was reconciled write by write (field 10)", "backups of other systems, and backups kept apart from them", nil}, restored},
	{Clause{"ISO 22301:2019", "8.5", "exercises with aims, formal reports with outcomes, recommendations and actions, at planned intervals",
		"one report with 21 fields for each exercise, attempts that never finished, what is due next (fields 1 to 21)", "teamwork: an automated drill exercises systems, not teams", nil}, finished},
	{Clause{"DORA (EU) 2022/2554", "Art. 11(6)", "ICT business continuity plans are tested at least yearly and after substantive changes, with switchovers to the redundant capacity",
		"switchovers of whole regions, and changes of the system between runs (trends)", "that every critical function was included, or third parties took part", nil}, switched},
	{Clause{"DORA (EU) 2022/2554", "Art. 11(8)", "records of activities before and during disruption events are readily accessible",
		"a timeline in UTC for each run, with hashes (fields 8 and 21)", "records of real disruptions", nil}, finished},
	{Clause{"DORA (EU) 2022/2554", "Art. 12(6)-(7)", "recovery time and point objectives for each function; reconciliations on recovery",
		"recovery point by reconciliation of every acknowledged write (fields 9 and 10)", "functions that the drill did not write through", nil}, reconciled},
	{Clause{"NIST SP 800-34r1", "3.5.1", "tests against explicit objectives and success criteria",
		"objectives and their registration before the run (field 2)", "notification, alternate equipment, and other areas that a drill of the network and processes does not reach", nil}, judged},
	{Clause{"NIST SP 800-34r1", "3.5.4", "for high impact: a full-scale functional exercise with failover to the alternate location",
		"failover and return of whole regions (fields 9 and 11)", "an alternate site, unless the system drilled really has one", nil}, switched},
	{Clause{"NIST SP 800-34r1", "4.4", "validation: data testing and functionality testing, event documentation, after-action report",
		"data verdict, timeline and findings (fields 8, 10 and 14)", "that data is right in the eyes of the business", nil}, reconciled},
}

// clauses names, with each clause, the runs that can support it.
func clauses(runs []Run) []Clause {
	var out []Clause
	for _, m := range mappings {
		c := m.Clause
		for _, r := range runs {
			if m.fits(r) {
				c.Runs = append(c.Runs, r.ID)
			}
		}
		out = append(out, c)
	}
	return out
}

// limits are what the report does not show, whatever its numbers.
func limits(runs []Run) []string {
	out := []string{
		"It makes no claim of compliance. It is evidence that can support one.",
		"Runs are those in one state directory. Drills kept elsewhere, and runs whose record and registration were both removed from the end of the chain, are not here: an absence of failed runs shows nothing unless the head of the chain was kept elsewhere.",
		"Times are of the clock of the machine that ran the drill; a hash shows that bytes did not change since, not when they were written or by whom. A signature shows a key, not a person.",
		"What is written under participants, scope, approval, notes and findings was typed by somebody; drillctl checked nothing of it.",
		"Numbers are of single runs under one load. They are not averaged and promise nothing for another day.",
	}
	for _, r := range runs {
		if r.Record != nil && !r.Record.Environment.IsProduction {
			return append(out, "At least one run was not on production: it is evidence about the system named in its field 4 and about nothing else.")
		}
	}
	return out
}
