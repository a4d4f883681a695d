# src/terraform
