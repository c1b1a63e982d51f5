-- Gives the roles of postgres-roles.sql the passwords that compose.yaml mounts as files; psql reads them on the server.
\set ON_ERROR_STOP on
\set owner `cat /run/secrets/owner_password`
\set app `cat /run/secrets/app_password`
ALTER ROLE folkmoot_owner PASSWORD :'owner';
ALTER ROLE folkmoot_app PASSWORD :'app';
