"""The commands of ``order-center``, a module of their own name each."""
