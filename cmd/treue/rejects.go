package main

import (
	"errors"
	"os"

	"treue/engine/ingest"
)

// rejectsFile is the file of rejected rows. It is made with the first of them.
type rejectsFile struct {
	path string
	file *os.File
	rows *ingest.RejectFile
}

// Add appends a rejected row.
func (f *rejectsFile) Add(r ingest.Reject) error {
	if f.file == nil {
		file, err := os.Create(f.path)
		if err != nil {
			return err
		}
		f.file, f.rows = file, ingest.NewRejectFile(file)
	}
	return f.rows.Write(r)
}

// Path returns where the rejects are, or "" if there are none.
func (f *rejectsFile) Path() string {
	if f.file == nil {
		return ""
	}
	return f.path
}

// Close writes out what is still in memory.
func (f *rejectsFile) Close() error {
	if f.file == nil {
		return nil
	}
	return errors.Join(f.rows.Flush(), f.file.Close())
}
