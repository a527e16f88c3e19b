"""The desk page: the station's own small web app on this machine, for the clerk who scans."""
