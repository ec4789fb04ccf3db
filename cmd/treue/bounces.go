package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"treue/engine"
	"treue/engine/bounce"
	"treue/engine/store"
)

func (a *app) bouncesCommand() *cobra.Command {
	return &cobra.Command{
		Use: "bounces [FILE.eml…|MAILBOX]", Short: "Take in bounces and complaints, once",
		Long: "Reads mail files, or empties a mailbox such as imaps://user:secret@host/INBOX; without either, the one that mail.bounce_mailbox names.\n" +
			"Files stay where they are. In a mailbox, what has been dealt with is deleted, and what we do not understand stays.",
		RunE: func(cmd *cobra.Command, args []string) error {
			boxes, err := mailboxes(args)
			if err != nil {
				return wrongInput(err)
			}
			e, err := a.start(cmd.Context())
			if err != nil {
				return err
			}
			if len(args) == 0 {
				if e.Bounces == nil {
					return wrongInput(errors.New("name mail files or a mailbox, or set mail.bounce_mailbox"))
				}
				boxes = []bounce.Mailbox{e.Bounces}
			}
			counts, err := a.collect(cmd.Context(), e, boxes)
			if err != nil {
				return err
			}
			a.show(map[string]map[engine.Effect]int{"messages": counts}, func(w io.Writer) { printEffects(w, counts) })
			return nil
		},
	}
}

// collect empties the mailboxes one after the other.
func (a *app) collect(ctx context.Context, e *engine.Engine, boxes []bounce.Mailbox) (map[engine.Effect]int, error) {
	total := map[engine.Effect]int{}
	for _, box := range boxes {
		counts, err := e.Collect(ctx, box, a.wall())
		if errors.Is(err, store.ErrLeaseHeld) {
			return total, errors.New("another process is reading bounces at this moment: try again in a minute")
		}
		if err != nil {
			return total, err
		}
		for effect, n := range counts {
			total[effect] += n
		}
	}
	return total, nil
}

// mailboxes are those that the arguments name; a file is a mailbox of one message.
func mailboxes(args []string) (boxes []bounce.Mailbox, err error) {
	for _, arg := range args {
		if !strings.Contains(arg, "://") {
			if _, err := os.Stat(arg); err != nil {
				return nil, fmt.Errorf("mail file: %w", err)
			}
			boxes = append(boxes, mailFile(arg))
			continue
		}
		box, err := bounce.ParseMailbox(arg)
		if err != nil {
			return nil, fmt.Errorf("the mailbox %w", err)
		}
		boxes = append(boxes, box)
	}
	return boxes, nil
}

// mailFile is a mail in a file; it is never deleted.
type mailFile string

// Each implements bounce.Mailbox.
func (f mailFile) Each(_ context.Context, visit bounce.Visit) error {
	raw, err := os.ReadFile(string(f))
	if err != nil {
		return fmt.Errorf("mail file: %w", err)
	}
	_, err = visit(raw)
	return err
}

func printEffects(w io.Writer, counts map[engine.Effect]int) {
	for _, effect := range []engine.Effect{engine.EffectSuppressed, engine.EffectUnsubscribed, engine.EffectRecorded, engine.EffectRepeated, engine.EffectIgnored} {
		fmt.Fprintf(w, "%-12s %s\n", effect, grouped(int64(counts[effect])))
	}
}
