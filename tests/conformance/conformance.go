// Package conformance only pins github.com/hashicorp/go-tfe, whose tests run.py compiles and runs.
package conformance

import _ "github.com/hashicorp/go-tfe"
