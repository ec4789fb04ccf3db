package delivery

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"testing"
	"time"
)

// TestAttachments: each level has a boundary of its own, the file arrives whole, and a retry repeats the same bytes.
func TestAttachments(t *testing.T) {
	t.Parallel()
	file := bytes.Repeat([]byte("%PDF \x00\xff\n"), 500)
	m := Message{
		From: Address{Addr: "shop@shop.example"}, To: "boss@shop.example", Subject: "Juli", Text: "Text", HTML: "<p>Text</p>",
		MessageID: "one@shop.example", Date: time.Unix(0, 0), Attachments: []Attachment{{"juli.pdf", "application/pdf", file}},
	}
	first, err := Prepare(m)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := Prepare(m); err != nil || !bytes.Equal(first.Raw, again.Raw) {
		t.Errorf("two preparations differ: %v", err)
	}
	read, err := mail.ReadMessage(bytes.NewReader(first.Raw))
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(read.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/mixed" {
		t.Fatalf("%s: %v", kind, err)
	}
	outer := multipart.NewReader(read.Body, params["boundary"])
	bodies, err := outer.NextPart()
	if err != nil {
		t.Fatal(err)
	}
	kind, inner, err := mime.ParseMediaType(bodies.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" || inner["boundary"] == params["boundary"] {
		t.Errorf("the bodies are %s within %v: %v", kind, inner, err)
	}
	attached, err := outer.NextRawPart()
	if err != nil || attached.FileName() != "juli.pdf" {
		t.Fatalf("%v: %v", attached, err)
	}
	encoded, err := io.ReadAll(attached)
	if err != nil {
		t.Fatal(err)
	}
	if got := fileOf(t, encoded); !bytes.Equal(got, file) {
		t.Errorf("%d bytes arrived of %d", len(got), len(file))
	}
}

func fileOf(t *testing.T, text []byte) []byte {
	t.Helper()
	data, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, bytes.NewReader(text)))
	if err != nil {
		t.Fatal(err)
	}
	return data
}
