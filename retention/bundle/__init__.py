"""The certificate's bundle: everything by which a stranger can check a destruction, and the program that checks it."""
