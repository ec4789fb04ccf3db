package delivery

import (
	"encoding/binary"
	"strings"
)

// quotedLine is the longest line of quoted-printable, less the sign of a soft break (RFC 2045 section 6.7).
const quotedLine = 75

// quoted appends a body whose lines end with LF, as quoted-printable whose lines end with CRLF. The writer of
// mime/quotedprintable gives the same, looking at every byte three times.
func quoted(out []byte, body string) []byte {
	for {
		line, rest, more := strings.Cut(body, "\n")
		out = quotedText(out, line)
		if !more {
			return out
		}
		out, body = append(out, lineEnd...), rest
	}
}

// quotedText appends a line, broken where it is too long. A blank at its end is encoded, since servers may drop it.
func quotedText(out []byte, line string) []byte {
	text, end := line, ""
	if n := len(line) - 1; n >= 0 && (line[n] == ' ' || line[n] == '\t') {
		text, end = line[:n], line[n:]
	}
	column := 0
	for len(text) > 0 {
		n := plainRun(text[:min(len(text), quotedLine-column)])
		out, text, column = append(out, text[:n]...), text[n:], column+n
		switch {
		case text == "":
		case plain(text[0]): // and no room
			out, column = append(out, "=\r\n"...), 0
		default:
			out, column = quotedByte(out, text[0], column)
			text = text[1:]
		}
	}
	if end != "" {
		out, _ = quotedByte(out, end[0], column)
	}
	return out
}

func quotedByte(out []byte, b byte, column int) (after []byte, columnAfter int) {
	const digits = "0123456789ABCDEF"
	if quotedLine-column < len("=XX") {
		out, column = append(out, "=\r\n"...), 0
	}
	return append(out, '=', digits[b>>4], digits[b&15]), column + len("=XX")
}

// plainRun is the length of what begins a text and stands for itself. It looks at eight bytes at once as long as each of
// them is a letter, a digit, a blank or a sign.
func plainRun(text string) int {
	n := 0
	for ; len(text)-n >= 8 && allPlain(text[n:n+8]); n += 8 {
	}
	for ; n < len(text) && plain(text[n]); n++ {
	}
	return n
}

// allPlain tells of eight bytes whether all of them are plain, tabs left aside. A byte's highest bit is set by what is
// wrong with it: below a blank, an equals sign, or above a tilde.
func allPlain(text string) bool {
	const each, high = 0x0101010101010101, 0x8080808080808080
	x := binary.LittleEndian.Uint64([]byte(text))
	equals := x ^ each*'='
	return ((x-each*' ')|(equals-each)|(x+each)|x)&high == 0
}

func plain(b byte) bool { return b >= ' ' && b <= '~' && b != '=' || b == '\t' }
