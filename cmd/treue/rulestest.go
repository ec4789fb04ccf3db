package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"treue/campaigns"
	"treue/rules"
	"treue/rules/ruletest"
)

// testDoc is the outcome of all files.
type testDoc struct {
	Passed int           `json:"passed"`
	Failed int           `json:"failed"`
	Cases  []testCaseDoc `json:"cases"`
}

type testCaseDoc struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Test     string `json:"test"`
	Case     string `json:"case"`
	Passed   bool   `json:"passed"`
	Expected bool   `json:"expected"`
	Got      bool   `json:"got"`
	Message  string `json:"message,omitempty"`
}

// rulesTestCommand needs no database unless a rule names a segment that only the shop knows.
func (a *app) rulesTestCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "test FILE…", Short: "Run the rule tests of some files", Args: cobra.MinimumNArgs(1)}
	junit := cmd.Flags().String("junit", "", "write the outcome to this file, too, as JUnit XML")
	cmd.RunE = func(cmd *cobra.Command, names []string) error {
		result, err := a.runRuleTests(cmd.Context(), names)
		if err != nil {
			return err
		}
		if *junit != "" {
			if err := writeJUnit(*junit, &result); err != nil {
				return err
			}
		}
		a.showTests(&result)
		if result.Failed > 0 {
			return printed{1}
		}
		return nil
	}
	return cmd
}

// runRuleTests parses all files before the first test runs.
func (a *app) runRuleTests(ctx context.Context, names []string) (ruletest.Result, error) {
	var all ruletest.Result
	var files []*ruletest.File
	needsShop := false
	for _, name := range names {
		data, err := a.readFile(name)
		if err != nil {
			return all, wrongInput(err)
		}
		file, err := ruletest.Parse(name, data)
		if err != nil {
			return all, wrongInput(err)
		}
		files = append(files, file)
		needsShop = needsShop || len(file.Segments()) > 0 || a.audiencesNameSegments(file)
	}
	o := ruletest.Options{Language: a.config.text("language"), Audience: a.audience}
	if needsShop {
		var err error
		if o.Segments, err = a.shopSegments(ctx); err != nil {
			return all, err
		}
	}
	for _, file := range files {
		result, err := file.Run(o)
		if err != nil {
			return all, wrongInput(err)
		}
		all.Add(result)
	}
	return all, nil
}

// audiencesNameSegments reports whether a campaign that the file names uses segments. What is wrong with the campaign is
// said when its tests are run.
func (a *app) audiencesNameSegments(file *ruletest.File) bool {
	return slices.ContainsFunc(file.Campaigns(), func(name string) bool {
		rule, err := a.audience(file.Name, name)
		return err == nil && len(rules.SegmentsNamed(rule)) > 0
	})
}

// audience reads the rule of a campaign file: its only campaign, or the one whose key follows after #. The file is
// looked for beside the test.
func (a *app) audience(testFile, name string) (string, error) {
	path, key, _ := strings.Cut(name, "#")
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(testFile), path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	documents, err := campaigns.ParseDocuments(data, campaigns.Defaults{Timezone: a.config.text("timezone")})
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	var keys []string
	for _, d := range documents {
		if key == d.Definition.Key || key == "" && len(documents) == 1 {
			return d.Definition.Audience, nil
		}
		keys = append(keys, d.Definition.Key)
	}
	if key == "" {
		return "", fmt.Errorf("%s holds several campaigns: write %s#KEY, one of %s", path, name, strings.Join(keys, ", "))
	}
	return "", fmt.Errorf("%s holds no campaign %q, only %s", path, key, strings.Join(keys, ", "))
}

// writeJUnit writes beside what is printed, so that a job can show one and keep the other.
func writeJUnit(name string, result *ruletest.Result) (err error) {
	f, err := os.Create(name)
	if err != nil {
		return wrongInput(err)
	}
	return errors.Join(result.WriteJUnit(f), f.Close())
}

// showTests prints the failures alone: of what passed, the number is enough.
func (a *app) showTests(r *ruletest.Result) {
	doc := testDoc{Passed: r.Passed, Failed: r.Failed, Cases: []testCaseDoc{}}
	for i := range r.Cases {
		c := &r.Cases[i]
		doc.Cases = append(doc.Cases, testCaseDoc{c.File, c.Line, c.Test, c.Name, c.Passed, c.Expected, c.Got, c.Message()})
	}
	a.show(doc, func(w io.Writer) {
		for i := range r.Cases {
			if c := &r.Cases[i]; !c.Passed {
				fmt.Fprintf(w, "%s %s:%d: %s, case %s\n  rule %s\n  given %s\n  %s\n\n", a.paint(red, "FAIL"), c.File, c.Line, c.Test, c.Name,
					c.Rule, orNone(strings.Join(c.Given, ", ")), strings.ReplaceAll(c.Message(), "\n", "\n  "))
			}
		}
		fmt.Fprintf(w, "%d passed, %d failed\n", r.Passed, r.Failed)
	})
}
