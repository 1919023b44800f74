PAYLOAD = "please"
