package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"

	"treue/engine"
	"treue/engine/bounce"
	"treue/engine/delivery"
	"treue/templates"
)

// setting is one key of the configuration.
type setting struct {
	key, fallback, meaning string
	secret                 bool
}

// settings returns every key, its default and what it means.
func settings() []setting {
	return []setting{
		{key: "database", meaning: "address of a Postgres; empty: a private one in data_dir", secret: true},
		{key: "data_dir", fallback: defaultDataDir(), meaning: "folder of the private Postgres and the keys"},
		{key: "listen", fallback: "127.0.0.1:8080", meaning: "where the server listens"},
		{key: "public_url", meaning: "https address under which customers reach it"},
		{key: "timezone", fallback: "Europe/Berlin", meaning: "the shop's days"},
		{key: "currency", fallback: "EUR", meaning: "ISO 4217"},
		{key: "language", fallback: "de", meaning: "de or en"},
		{key: "mail.url", fallback: "catch:", meaning: "catch:, eml:DIR, smtp://user:secret@host:port or smtps://…", secret: true},
		{key: "mail.from", meaning: "Name <address>"},
		{key: "mail.reply_to", meaning: "address that a person reads"},
		{key: "mail.unsubscribe", meaning: "mailbox that unsubscribes, too"},
		{key: "mail.bounce", meaning: "mailbox to which undeliverable mail returns, such as b@bounce.shop.example; it must take b+anything@, too"},
		{key: "mail.bounce_mailbox", meaning: "where that mailbox is read: imaps://user:secret@host/INBOX or pop3s://…", secret: true},
		{key: "mail.hooks", meaning: "secret part of the address under which mail providers report bounces: /hooks/ses/SECRET, /hooks/postmark/SECRET", secret: true},
		{key: "mail.clicks", fallback: "count", meaning: "count: links to the shop lead through public_url, which counts them without names; off"},
		{key: "mail.templates", meaning: "folder with mails of your own, KEY.de.html and KEY.en.html; they come before ours of the same key"},
		{key: "mail.connections", fallback: "4", meaning: "per server and process"},
		{key: "mail.per_hour", meaning: "mails an hour by mailbox provider, as in gmail=2000,rest=500 (rest: each of the others); empty: any number"},
		{key: "mail.unknown", fallback: "retry", meaning: "a mail whose answer never came: retry (15 and 60 minutes later, then hold) or hold"},
		{key: "mail.warmup", meaning: "mails for each provider on the first day, half as many more on every further day with mail; empty: any number"},
		{key: "mail.dkim.domain", meaning: "domain that signs the mails; empty: that of mail.from"},
		{key: "mail.dkim.selector", meaning: "name of each key in DNS, separated by commas"},
		{key: "mail.dkim.key_file", meaning: "private keys in PEM (RSA, Ed25519), separated by commas; empty: mails are not signed"},
		{key: "shop.name", meaning: "as customers know it"},
		{key: "shop.url", meaning: "https address of the shop"},
		{key: "shop.logo_url", meaning: "picture at the top of mails"},
		{key: "shop.colour", meaning: "accent colour of mails, #rrggbb"},
		{key: "shop.informal", fallback: "false", meaning: "true: German mails say du instead of Sie"},
		{key: "imprint.name", meaning: "who answers for the mail (section 5 DDG)"},
		{key: "imprint.form", meaning: "legal form"},
		{key: "imprint.street", meaning: "street and number"},
		{key: "imprint.zip", meaning: "postal code"},
		{key: "imprint.city", meaning: "city"},
		{key: "imprint.country", meaning: "country"},
		{key: "imprint.representatives", meaning: "managing directors or owner"},
		{key: "imprint.email", meaning: "address that a person reads"},
		{key: "imprint.phone", meaning: "telephone"},
		{key: "imprint.register", meaning: "register court and number"},
		{key: "imprint.vat_id", meaning: "VAT identification number"},
		{key: "reports.to", meaning: "addresses of the managers who get the monthly report, separated by commas; empty: nobody"},
		{key: "lease", fallback: "15s", meaning: "a worker's lease"},
		{key: "margin_share", meaning: "of the net value, for orders without a cost"},
		{key: "cost_per_mail", fallback: "0", meaning: "in the shop's currency"},
		{key: "cost_per_order", fallback: "0", meaning: "parcel, payment and the like, in the shop's currency; taken off every order's margin"},
		{key: acquisitionCost + "*", meaning: "what winning a customer through a channel costs, one key per channel; for customers without a cost of their own"},
		{key: "tax_rate", meaning: "taken out of orders without a tax"},
		{key: "global_holdout", fallback: "auto", meaning: "auto or a share"},
		{key: "caps.7d", fallback: "2", meaning: "mails per customer in 7 days"},
		{key: "caps.30d", fallback: "4", meaning: "mails per customer in 30 days"},
		{key: "consent.text_de", meaning: "what people agree to when they ask for advertising, in full, in German; empty: our words"},
		{key: "consent.text_en", meaning: "the same in English"},
		{key: "consent.redirect", meaning: "address the consent form leads to afterwards; empty: a page of ours"},
		{key: "max_data_age", fallback: "36h", meaning: "of the newest orders when a run plans"},
	}
}

// config is every setting with its origin: flags beat environment beats file beats default.
type config struct {
	values map[string]origin
}

type origin struct{ value, from string }

func loadConfig(f globalFlags) (*config, error) {
	c := &config{values: map[string]origin{}}
	for _, s := range settings() {
		c.values[s.key] = origin{s.fallback, "default"}
	}
	if err := c.environment(); err != nil {
		return nil, err
	}
	flags, err := flagSettings(f)
	if err != nil {
		return nil, err
	}
	environment := c.values
	c.values = map[string]origin{}
	for _, s := range settings() {
		c.values[s.key] = origin{s.fallback, "default"}
	}
	dataDir := environment["data_dir"].value
	if v, ok := flags["data_dir"]; ok {
		dataDir = v
	}
	if err := c.file(f.configFile, dataDir); err != nil {
		return nil, err
	}
	for key, o := range environment {
		if o.from != "default" {
			c.values[key] = o
		}
	}
	for key, v := range flags {
		c.values[key] = origin{v, "flag"}
	}
	return c, nil
}

// variable is the environment's name for a key: TREUE_MAIL_URL for mail.url.
func variable(key string) string {
	if key == "database" {
		return "TREUE_DATABASE_URL"
	}
	return "TREUE_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// environment reads every key's variable, or the file that the variable with _FILE names.
func (c *config) environment() error {
	c.familyFromEnvironment()
	for _, s := range settings() {
		name := variable(s.key)
		if v, ok := os.LookupEnv(name); ok {
			c.values[s.key] = origin{v, name}
		}
		path, ok := os.LookupEnv(name + "_FILE")
		if !ok {
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return wrongInput(fmt.Errorf("read the file that %s_FILE names: %w", name, err))
		}
		c.values[s.key] = origin{strings.TrimSpace(string(data)), name + "_FILE"}
	}
	return nil
}

func flagSettings(f globalFlags) (map[string]string, error) {
	flags := map[string]string{}
	for _, s := range f.settings {
		key, value, ok := strings.Cut(s, "=")
		if !ok {
			return nil, wrongInput(fmt.Errorf("--set %q: want key=value", s))
		}
		if err := knownSetting(key); err != nil {
			return nil, err
		}
		flags[key] = value
	}
	if f.database != "" {
		flags["database"] = f.database
	}
	if f.dataDir != "" {
		flags["data_dir"] = f.dataDir
	}
	return flags, nil
}

func knownSetting(key string) error {
	var names []string
	for _, s := range settings() {
		names = append(names, s.key)
	}
	if _, family := ofFamily(key); family || slices.Contains(names, key) {
		return nil
	}
	err := fmt.Errorf("there is no setting %q", key)
	if near := engine.Nearest(key, names); near != "" {
		err = fmt.Errorf("%w: did you mean %q?", err, near)
	}
	return wrongInput(err)
}

// file reads the configuration file: the one that is named, else treue.yaml here, else in the data folder.
func (c *config) file(named, dataDir string) error {
	path := named
	for _, candidate := range []string{"treue.yaml", filepath.Join(dataDir, "treue.yaml")} {
		if path == "" && exists(candidate) {
			path = candidate
		}
	}
	if path == "" {
		return nil
	}
	k := koanf.New(".")
	if err := k.Load(file.Provider(path), yaml.Parser()); err != nil {
		return wrongInput(fmt.Errorf("configuration file %s: %w", path, err))
	}
	for _, key := range k.Keys() {
		if err := knownSetting(key); err != nil {
			return fmt.Errorf("configuration file %s: %w", path, err)
		}
		c.values[key] = origin{listed(k.Get(key), k.String(key)), path}
	}
	return nil
}

// listed joins a list of the file with commas, as one would write it in a variable.
func listed(value any, text string) string {
	list, ok := value.([]any)
	if !ok {
		return text
	}
	parts := make([]string, len(list))
	for i, v := range list {
		parts[i] = fmt.Sprint(v)
	}
	return strings.Join(parts, ",")
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// defaultDataDir is the user's folder for data of programs.
func defaultDataDir() string {
	if dir := os.Getenv("XDG_DATA_HOME"); dir != "" {
		return filepath.Join(dir, "treue")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return filepath.Join(os.TempDir(), "treue")
	}
	return filepath.Join(home, ".local", "share", "treue")
}

func (c *config) text(key string) string { return c.values[key].value }

func (c *config) dataDir() string { return c.text("data_dir") }

func (c *config) zone() (*time.Location, error) {
	zone, err := time.LoadLocation(c.text("timezone"))
	if err != nil {
		return nil, wrongInput(fmt.Errorf("timezone is %q: want a name such as Europe/Berlin", c.text("timezone")))
	}
	return zone, nil
}

// reading collects the errors of settings that do not parse.
type reading struct {
	*config
	errs []error
}

func parsed[T any](r *reading, key string, parse func(string) (T, error), want string) T {
	v, err := parse(r.text(key))
	if err != nil {
		r.errs = append(r.errs, fmt.Errorf("%s is %q (from %s): want %s", key, r.text(key), r.values[key].from, want))
	}
	return v
}

func number(s string) (float64, error) { return strconv.ParseFloat(s, 64) }

func counted(s string) (bool, error) {
	if s != "count" && s != "off" {
		return false, errors.New("it is neither")
	}
	return s == "count", nil
}

func optionalNumber(s string) (*float64, error) {
	if s == "" {
		return nil, nil //nolint:nilnil // not set, which is not wrong
	}
	v, err := number(s)
	return &v, err
}

// oneOf accepts one of some words.
func oneOf(allowed ...string) func(string) (string, error) {
	return func(s string) (string, error) {
		if !slices.Contains(allowed, s) {
			return "", errors.New("unknown word")
		}
		return s, nil
	}
}

func optionalCount(s string) (int, error) {
	if s == "" {
		return 0, nil
	}
	return strconv.Atoi(s)
}

// limits reads name=number pairs.
func limits(s string) (map[string]int, error) {
	out := map[string]int{}
	for _, pair := range words(s) {
		name, number, _ := strings.Cut(pair, "=")
		n, err := strconv.Atoi(strings.TrimSpace(number))
		if err != nil {
			return nil, err
		}
		out[strings.TrimSpace(name)] = n
	}
	return out, nil
}

// addresses reads a list separated by commas.
func addresses(s string) (list []string, err error) {
	if strings.TrimSpace(s) == "" {
		return nil, nil
	}
	for one := range strings.SplitSeq(s, ",") {
		address, err := delivery.CheckAddress(strings.TrimSpace(one))
		if err != nil {
			return nil, err
		}
		list = append(list, address)
	}
	return list, nil
}

func optionalAddress(s string) (delivery.Address, error) {
	if s == "" {
		return delivery.Address{}, nil
	}
	a, err := mail.ParseAddress(s)
	if err != nil {
		return delivery.Address{}, err
	}
	return delivery.Address{Name: a.Name, Addr: a.Address}, nil
}

// engine turns the settings into the engine's configuration.
func (c *config) engine() (engine.Config, error) {
	zone, err := c.zone()
	if err != nil {
		return engine.Config{}, err
	}
	r := &reading{config: c}
	out := engine.Config{
		Zone: zone, Currency: c.text("currency"), Language: c.text("language"),
		MarginShare:   parsed(r, "margin_share", optionalNumber, "a share such as 0.4"),
		TaxRate:       parsed(r, "tax_rate", optionalNumber, "a share such as 0.19"),
		CostPerMail:   parsed(r, "cost_per_mail", number, "an amount such as 0.002"),
		CostPerOrder:  parsed(r, "cost_per_order", number, "an amount such as 4.90"),
		GlobalHoldout: c.text("global_holdout"),
		Cap7d:         parsed(r, "caps.7d", strconv.Atoi, "a whole number"),
		Cap30d:        parsed(r, "caps.30d", strconv.Atoi, "a whole number"),
		MaxDataAge:    parsed(r, "max_data_age", time.ParseDuration, "a time such as 36h"),
		Lease:         parsed(r, "lease", time.ParseDuration, "a time such as 15s"),
		Connections:   parsed(r, "mail.connections", strconv.Atoi, "a whole number"),
		PerHour:       parsed(r, "mail.per_hour", limits, "limits such as gmail=2000,rest=500"),
		HoldUnknown:   parsed(r, "mail.unknown", oneOf("retry", "hold"), "retry or hold") == "hold",
		Warmup:        parsed(r, "mail.warmup", optionalCount, "a whole number such as 50"),
		From:          parsed(r, "mail.from", optionalAddress, "Name <address>"),
		ReplyTo:       parsed(r, "mail.reply_to", optionalAddress, "an address"),
		Unsubscribe:   c.text("mail.unsubscribe"),
		Bounce:        c.text("mail.bounce"),
		PublicURL:     c.text("public_url"),
		ConsentTexts:  engine.ConsentTexts{German: c.text("consent.text_de"), English: c.text("consent.text_en")},
		Shop:          c.shop(),

		ConsentRedirect: c.text("consent.redirect"),
		Managers:        parsed(r, "reports.to", addresses, "addresses separated by commas"),
	}
	out.CountClicks = parsed(r, "mail.clicks", counted, "count or off")
	out.Shop.Informal = parsed(r, "shop.informal", strconv.ParseBool, "true or false")
	if text := c.text("mail.bounce_mailbox"); text != "" {
		if out.Bounces, err = bounce.ParseMailbox(text); err != nil {
			r.errs = append(r.errs, fmt.Errorf("mail.bounce_mailbox (from %s) %w", c.values["mail.bounce_mailbox"].from, err))
		}
	}
	out.AcquisitionCosts = r.acquisitionCosts()
	if out.PublicURL == "" {
		out.PublicURL = "http://" + c.text("listen")
	}
	if out.DKIM, err = c.dkim(out.From.Addr); err != nil {
		r.errs = append(r.errs, err)
	}
	if len(r.errs) > 0 {
		return out, wrongInput(errors.Join(r.errs...))
	}
	return out, nil
}

func (c *config) shop() templates.Shop {
	imprint := func(key string) string { return c.text("imprint." + key) }
	return templates.Shop{
		Name: c.text("shop.name"), URL: c.text("shop.url"), LogoURL: c.text("shop.logo_url"), Colour: c.text("shop.colour"),
		Imprint: templates.Imprint{
			Name: imprint("name"), Form: imprint("form"), Street: imprint("street"), Zip: imprint("zip"), City: imprint("city"),
			Country: imprint("country"), Representatives: imprint("representatives"), Email: imprint("email"), Phone: imprint("phone"),
			Register: imprint("register"), VATID: imprint("vat_id"),
		},
	}
}
