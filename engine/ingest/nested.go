package ingest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// maxAttributes is the greatest number of attributes of a product.
const maxAttributes = 200

// list splits a cell at commas, semicolons and bars, or takes a JSON list of texts apart.
func list(cell string) ([]string, error) {
	if !strings.HasPrefix(cell, "[") {
		return strings.FieldsFunc(cell, func(r rune) bool { return r == ',' || r == ';' || r == '|' }), nil
	}
	var words []string
	if err := json.Unmarshal([]byte(cell), &words); err != nil {
		return nil, fmt.Errorf("%s is not a JSON list of texts", quote(cell))
	}
	return words, nil
}

// attributes reads a JSON object of plain values, or pairs such as "roast=dark; origin=Peru".
func (p *parser) attributes(cell string) (map[string]string, error) {
	read := pairs
	if strings.HasPrefix(cell, "{") {
		read = object
	}
	attributes, err := read(cell)
	if err == nil && len(attributes) > maxAttributes {
		return nil, fmt.Errorf("are %d, at most %d are possible", len(attributes), maxAttributes)
	}
	return attributes, err
}

// object keeps numbers and truth values as they are written: an attribute is text to print, not to compute with.
func object(cell string) (map[string]string, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(cell), &members); err != nil {
		return nil, fmt.Errorf("%s is not a JSON object", quote(cell))
	}
	attributes := make(map[string]string, len(members))
	for name, value := range members {
		text := string(value)
		switch text[0] {
		case '"':
			if err := json.Unmarshal(value, &text); err != nil {
				return nil, fmt.Errorf("%s is not valid JSON", quote(name))
			}
		case '{', '[':
			return nil, fmt.Errorf("%s holds a list or an object, a plain value is expected", quote(name))
		case 'n':
			continue
		}
		attributes[strings.TrimSpace(name)] = text
	}
	return attributes, nil
}

// pairs leaves commas alone, since values contain them more often than bars and semicolons.
func pairs(cell string) (map[string]string, error) {
	attributes := map[string]string{}
	for _, pair := range strings.FieldsFunc(cell, func(r rune) bool { return r == ';' || r == '|' }) {
		name, value, found := strings.Cut(pair, "=")
		name = strings.TrimSpace(name)
		if !found || name == "" {
			return nil, errors.New(`must be written as "name=value; name=value" or as a JSON object`)
		}
		attributes[name] = strings.TrimSpace(value)
	}
	return attributes, nil
}
