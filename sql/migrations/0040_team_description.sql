-- What a team is for, in its own words (OpenAPI: teams.description).
ALTER TABLE teams ADD COLUMN description text;
