// Package store is everything Postgres, one file per noun: GORM for single records, pgx for bulk.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"treue/migrations"
)

// ErrNotFound says that a record does not exist.
var ErrNotFound = errors.New("not found")

// Store is the database. It is safe for concurrent use; GORM and pgx share one pool of connections.
type Store struct {
	pool *pgxpool.Pool
	sql  *sql.DB
	orm  *gorm.DB

	often pgx.QueryExecMode // of the statements that every mail repeats
}

// Open connects to the Postgres that url names. It neither creates nor migrates anything.
func Open(ctx context.Context, url string) (*Store, error) {
	c, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("database address: %w", err)
	}
	// Poolers in transaction mode keep no prepared statements; this mode needs none and still costs one round trip. An
	// address that leads to no pooler may ask for another one with default_query_exec_mode.
	if !strings.Contains(url, "default_query_exec_mode=") {
		c.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	}
	pool, err := pgxpool.NewWithConfig(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("database address: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("reach the database: %w", err)
	}
	db := stdlib.OpenDBFromPool(pool)
	orm, err := gorm.Open(postgres.New(postgres.Config{Conn: db}), &gorm.Config{
		SkipDefaultTransaction: true, TranslateError: true, Logger: logger.Discard,
	})
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("open the database: %w", err)
	}
	s := &Store{pool: pool, sql: db, orm: orm, often: c.ConnConfig.DefaultQueryExecMode}
	if err := s.prepare(ctx); err != nil {
		s.Close()
		return nil, fmt.Errorf("reach the database: %w", err)
	}
	return s, nil
}

// prepare lets Postgres plan the statements that every mail repeats once per connection instead of once per mail, unless
// a pooler is between us: those in transaction mode keep no prepared statements. A pooler answers with a process number of
// its own instead of the backend's.
func (s *Store) prepare(ctx context.Context) error {
	if s.often != pgx.QueryExecModeCacheDescribe {
		return nil // somebody has decided
	}
	return s.pool.AcquireFunc(ctx, func(c *pgxpool.Conn) error {
		var backend uint32
		err := c.QueryRow(ctx, `SELECT pg_backend_pid()`).Scan(&backend)
		if err == nil && backend == c.Conn().PgConn().PID() {
			s.often = pgx.QueryExecModeCacheStatement
		}
		return err
	})
}

// Close gives all connections back.
func (s *Store) Close() {
	_ = s.sql.Close()
	s.pool.Close()
}

// Ping asks the database for a sign of life.
func (s *Store) Ping(ctx context.Context) error { return s.pool.Ping(ctx) }

// Migrate brings the schema to the newest version and returns how many steps that took. Of several processes one
// migrates and the others wait.
func (s *Store) Migrate(ctx context.Context) (int, error) {
	current, newest, err := s.SchemaVersion(ctx)
	if err != nil || current >= newest {
		return 0, err
	}
	locker, err := lock.NewPostgresTableLocker(lock.WithTableLockTimeout(100*time.Millisecond, 3000), lock.WithTableLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		return 0, fmt.Errorf("migrate: %w", err)
	}
	p, err := s.provider(goose.WithLocker(locker))
	if err != nil {
		return 0, err
	}
	done, err := p.Up(ctx)
	return len(done), wrap("migrate", err)
}

// SchemaVersion returns the version of the database and the newest one this program knows.
func (s *Store) SchemaVersion(ctx context.Context) (current, newest int64, err error) {
	p, err := s.provider()
	if err != nil {
		return 0, 0, err
	}
	if current, err = p.GetDBVersion(ctx); err != nil {
		return 0, 0, fmt.Errorf("schema version: %w", err)
	}
	sources := p.ListSources()
	return current, sources[len(sources)-1].Version, nil
}

func (s *Store) provider(options ...goose.ProviderOption) (*goose.Provider, error) {
	options = append(options, goose.WithSlog(slog.New(slog.DiscardHandler)))
	p, err := goose.NewProvider(goose.DialectPostgres, s.sql, migrations.FS, options...)
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	return p, nil
}

// inTx runs do in one transaction: committed when it returns nil, rolled back otherwise.
func (s *Store) inTx(ctx context.Context, do func(pgx.Tx) error) error {
	return pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{BeginQuery: `BEGIN; ` + noLongPause}, do)
}

// noLongPause ends a transaction in which nothing happens: a process that is frozen between two statements would keep its
// locks, and everybody else waiting, for ever.
const noLongPause = `SET LOCAL idle_in_transaction_session_timeout = '10s'`

// sendBatch runs statements that every mail repeats, in one round trip.
func (s *Store) sendBatch(ctx context.Context, conn *pgxpool.Conn, b *pgx.Batch) error {
	if s.often == pgx.QueryExecModeCacheStatement {
		for _, q := range b.QueuedQueries {
			if _, err := conn.Conn().Prepare(ctx, q.SQL, q.SQL); err != nil { // asks the server once per connection
				return err
			}
		}
	}
	return conn.SendBatch(ctx, b).Close()
}

// notFound translates the driver's word for an absent record.
func notFound(err error) error {
	if errors.Is(err, pgx.ErrNoRows) || errors.Is(err, gorm.ErrRecordNotFound) {
		return ErrNotFound
	}
	return err
}
