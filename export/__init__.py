"""The workshop, offline and the only home of torch: the flow, training, export, benches."""
