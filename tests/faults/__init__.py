"""Real faults: kernels, disks, lines and clocks that fail under the real programs."""
