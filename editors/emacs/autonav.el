;;; autonav.el --- AutoNav for eglot  -*- lexical-binding: t; -*-
;; Usage: (require 'autonav), then M-x eglot in a Python buffer.
(require 'eglot)

(defvar autonav-status nil "The task as the server last told it, a plist.")

(add-to-list 'eglot-server-programs '((python-mode python-ts-mode) . ("autonav" "lsp")))

(cl-defmethod eglot-handle-notification (_server (_method (eql autonav/status)) &rest status)
  "Keep STATUS for the mode line."
  (setq autonav-status status)
  (force-mode-line-update t))

(defun autonav--call (verb &optional params)
  "Run the operation VERB with PARAMS, a plist."
  (eglot-execute-command (eglot--current-server-or-lose) (intern (concat "autonav." verb)) (vector (or params (make-hash-table)))))

(defun autonav-start (globs task)
  "Start TASK, which may touch GLOBS (separated by commas)."
  (interactive "sFiles it may touch (globs): \nsWhat is to be done: ")
  (autonav--call "start" (list :task task :edit (vconcat (split-string globs "," t " *")))))

(defun autonav-finish () "Finish the task." (interactive) (autonav--call "finish"))
(defun autonav-undo () "Undo the last write of AutoNav." (interactive) (autonav--call "undo"))

(provide 'autonav)
;;; autonav.el ends here
