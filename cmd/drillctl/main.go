// Command drillctl runs disaster-recovery drills against API gateways and
// measures what they cost.
package main

import (
	"os"

	"github.com/drillctl/drillctl/cmd"
	"github.com/drillctl/drillctl/cmd/terminal"
)

func main() { os.Exit(cmd.Main(os.Args[1:], terminal.OS())) }
