"""Our own rules, a module or package for each group; all of them are in `every`, which takes a while to import."""
