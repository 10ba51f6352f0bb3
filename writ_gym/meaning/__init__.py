"""What requests come to: solvers find it through reads, proofs by brute force."""
