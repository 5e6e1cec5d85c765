-- Each statement is made, and carried out, only where something is missing.
SELECT 'CREATE ROLE fingertopp LOGIN CREATEDB'
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fingertopp') \gexec
-- The pages, and a technician who is root, act as it from their first word on: it owns all.
SELECT format('CREATE ROLE %I LOGIN IN ROLE fingertopp', who)
  FROM unnest(ARRAY['fingertopp-web', 'root']) AS who
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = who) \gexec
SELECT format('ALTER ROLE %I SET role TO fingertopp', who)
  FROM unnest(ARRAY['fingertopp-web', 'root']) AS who
  WHERE NOT EXISTS (
    SELECT FROM pg_db_role_setting JOIN pg_roles ON pg_roles.oid = setrole
    WHERE rolname = who AND setdatabase = 0 AND 'role=fingertopp' = ANY (setconfig)
  ) \gexec
SELECT format(
    'CREATE DATABASE %I OWNER fingertopp ENCODING ''UTF8'' LOCALE ''C.UTF-8'' TEMPLATE template0',
    :'database')
  WHERE NOT EXISTS (
    SELECT FROM pg_database WHERE datname IN (:'database', :'database' || '_new')
  ) \gexec
