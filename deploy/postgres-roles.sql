-- The roles of Folkmoot on PostgreSQL 13 or newer, each with the least that its work takes:
--
--   folkmoot_owner      owns the tables and migrates them: folkmoot db upgrade
--   folkmoot_app        reads and writes rows: folkmoot run. It can't create, alter, drop or truncate anything.
--   folkmoot_readonly   reads: folkmoot db backup, folkmoot db verify, statistics. It can't write.
--
-- Run it in the database of Folkmoot, as a superuser, before the first migration and once more after it:
--
--   createdb --encoding=UTF8 --template=template0 folkmoot
--   psql --dbname=folkmoot --file=deploy/postgres-roles.sql
--   psql --dbname=folkmoot --command='\password folkmoot_owner'        (likewise folkmoot_app, folkmoot_readonly)
--
-- It may be run again at any time, also on a database that one role has owned so far: all or nothing of it happens. No
-- password stands here, so that none is in a log or a shell's history. Without one a role can't log in by password.

BEGIN;

DO $$
DECLARE
    wanted text;
    relation record;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['folkmoot_owner', 'folkmoot_app', 'folkmoot_readonly'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I', wanted);
        END IF;
        EXECUTE format(
            'ALTER ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT', wanted
        );
        -- Names are looked up where Folkmoot's tables are, and never first where somebody may put temporary ones.
        EXECUTE format('ALTER ROLE %I IN DATABASE %I SET search_path = public, pg_temp', wanted, current_database());
    END LOOP;

    -- Nobody else may connect, keep temporary tables, or make anything.
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format(
        'GRANT CONNECT ON DATABASE %I TO folkmoot_owner, folkmoot_app, folkmoot_readonly', current_database()
    );

    -- Tables that are there already become the owner's; indexes and sequences of theirs go with them.
    FOR relation IN SELECT c.oid::regclass AS name FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO folkmoot_owner', relation.name);
    END LOOP;
END
$$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO folkmoot_owner;
GRANT USAGE ON SCHEMA public TO folkmoot_app, folkmoot_readonly;

-- What is there,
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO folkmoot_app;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO folkmoot_readonly;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO folkmoot_app;
GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO folkmoot_readonly;

-- and what later migrations make.
ALTER DEFAULT PRIVILEGES FOR ROLE folkmoot_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO folkmoot_app;
ALTER DEFAULT PRIVILEGES FOR ROLE folkmoot_owner IN SCHEMA public GRANT SELECT ON TABLES TO folkmoot_readonly;
ALTER DEFAULT PRIVILEGES FOR ROLE folkmoot_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO folkmoot_app;
ALTER DEFAULT PRIVILEGES FOR ROLE folkmoot_owner IN SCHEMA public GRANT SELECT ON SEQUENCES TO folkmoot_readonly;

-- Which migrations were applied is for the owner alone to write. The table is there after the first migration.
DO $$
BEGIN
    IF to_regclass('public.alembic_version') IS NOT NULL THEN
        REVOKE INSERT, UPDATE, DELETE ON public.alembic_version FROM folkmoot_app;
    END IF;
END
$$;

-- Limits for whoever sets none; the bot sets shorter ones itself, except behind pgbouncer. A process of the bot uses
-- up to DATABASE_POOL_SIZE + DATABASE_POOL_OVERFLOW + 3 connections, 13 unless told otherwise: this is for three.
ALTER ROLE folkmoot_app CONNECTION LIMIT 40;
ALTER ROLE folkmoot_app SET statement_timeout = '10s';
ALTER ROLE folkmoot_app SET idle_in_transaction_session_timeout = '20s';
-- A migration may take long, but should not wait long for somebody who holds a table, while others wait for it.
ALTER ROLE folkmoot_owner CONNECTION LIMIT 5;
ALTER ROLE folkmoot_owner SET lock_timeout = '60s';
-- A question that somebody forgot must not keep rows from being cleaned up for ever. pg_dump lifts the first itself.
ALTER ROLE folkmoot_readonly CONNECTION LIMIT 5;
ALTER ROLE folkmoot_readonly SET default_transaction_read_only = on;
ALTER ROLE folkmoot_readonly SET statement_timeout = '15min';
ALTER ROLE folkmoot_readonly SET idle_in_transaction_session_timeout = '5min';

COMMIT;
