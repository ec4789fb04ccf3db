package localpg

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// copyTree copies a template cluster; the copy belongs to the account. The files are small and many, so several are under
// way at once. No links are used: Postgres writes into its files.
func copyTree(ctx context.Context, from, to string, acct account) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.NumCPU())
	walkErr := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err := errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		inside, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, inside)
		if entry.IsDir() {
			return acct.mkdir(target)
		}
		group.Go(func() error { return copyFile(path, target, acct) })
		return nil
	})
	return errors.Join(group.Wait(), walkErr)
}

// copyFile copies one file; the kernel does it without a detour where it can (copy_file_range, reflinks).
func copyFile(from, to string, acct account) (err error) {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dst.Close()) }()
	if _, err := io.Copy(dst, src); err != nil {
		return err
	}
	return acct.own(to)
}
