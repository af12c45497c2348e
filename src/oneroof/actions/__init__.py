"""What exactly would run? Pure values, shaped and named like the Remote Execution API's."""
