"""The database as the web processes speak to it: PostGIS, through a pool whose connections are looked at before they are used."""
