# src/jsonapi
