# A bit of everything.
variable "name" {
  type        = string // why
  description = "How it is \"called\""
  validation {
    condition = length(var.name) > 3
  }
}
variable "rules" {
  type    = map(object({ port = number }))
  default = { web = { port = 80 }, "ssh" : { port = -22.5 } }
}
variable "list" { default = ["a", "b\u00e9", <<EOT
text $${x}
EOT
] }
output "id" {
  value       = "${aws_x.y["a}"].id}-${"}"}"
  description = <<-EOT
    Two
      lines
  EOT
}
module "net" {
  source  = "app.example.org/acme/net/aws"
  version = "~> 1.0"
}
resource "aws_instance" "web" {
  /* } */
}
terraform {
  required_providers {
    aws  = { source = "hashicorp/aws", version = ">= 5.0" }
    null = "~> 3.0"
  }
}
provider "google" { version = "4.0" }
