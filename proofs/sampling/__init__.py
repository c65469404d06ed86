"""What `proofs.sampler` is made of: bound models, their conditional laws, and samples of the two sides of a step."""
