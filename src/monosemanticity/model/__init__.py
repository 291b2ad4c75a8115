"""The paper's model: sparse features, the tasks, and the network (sections 2 and 3)."""
