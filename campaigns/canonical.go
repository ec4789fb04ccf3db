package campaigns

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Canonical returns the definition as JSON that is the same for equal definitions, to be stored with a version.
// The definition must be valid: JSON has no NaN. To decide whether a stored version changed, compare
// DefinitionFromCanonical(stored).Canonical() with the new one: a field that Treue learned since is then no change.
func (d Definition) Canonical() []byte {
	if len(d.Categories) == 0 {
		d.Categories = nil
	}
	if len(d.Reads) == 0 {
		d.Reads = nil
	}
	if len(d.Steps) == 0 {
		d.Steps = nil
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)              // rules are full of && and >
	if err := encoder.Encode(d); err != nil { //nolint:musttag // the domain type carries no tags, its own names are the keys
		panic(fmt.Sprintf("canonical form of campaign %s, which was not validated: %v", d.Key, err))
	}
	return bytes.TrimSpace(out.Bytes())
}

// DefinitionFromCanonical reads what Canonical wrote.
func DefinitionFromCanonical(data []byte) (Definition, error) {
	var d Definition
	if err := json.Unmarshal(data, &d); err != nil { //nolint:musttag // see Canonical
		return Definition{}, fmt.Errorf("stored campaign definition: %w", err)
	}
	return d, nil
}
