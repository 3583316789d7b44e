package scenarios

// A Strategy is one way to be resilient; every drill of the library is about one.
type Strategy struct {
	Name  string // as in the scenario's key
	Title string
	Doc   string // one line
}

// Strategies lists them in the order in which people read about them.
func Strategies() []Strategy {
	return []Strategy{
		{"multiple-regions", "Multiple regions", "a region is lost, cut off, left by plan, or alone with all the load"},
		{"traffic", "Load balancing and traffic", "balancing among instances, DNS policies among regions"},
		{"failover", "Automatic failover", "detection, switching, and the way back"},
		{"data", "Data", "replication, its lag and its splits, backups"},
		{"containers", "Containers", "instances crash, hang, are restarted and replaced"},
		{"serverless", "Serverless", "backends that scale to zero and back"},
		{"monitoring", "Monitoring", "who is told, and when"},
		{"testing", "Testing itself", "steady state, abort, game days"},
	}
}

// ByStrategy groups the library's drills in the order of Strategies; those
// without drills are left out.
func ByStrategy() []Group {
	var groups []Group
	for _, s := range Strategies() {
		g := Group{Strategy: s}
		for _, l := range List() {
			if l.Strategy == s.Name {
				g.Drills = append(g.Drills, l)
			}
		}
		if len(g.Drills) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}

// A Group is a strategy and its drills.
type Group struct {
	Strategy
	Drills []Listing
}
